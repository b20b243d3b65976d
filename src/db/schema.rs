//! The tables: what the migrations make in either database (`tests/it/foundation/schema_parity.rs` compares them).

#![expect(missing_docs, reason = "the columns are described where their types are")]

diesel::table! {
    /// Facts about the database itself.
    meta (key) {
        key -> Text,
        value -> Text,
    }
}

diesel::table! {
    /// The audit log, chained by hash.
    audit (seq) {
        seq -> BigInt,
        at -> Timestamp,
        actor_id -> Nullable<Text>,
        role -> Nullable<Text>,
        organisation_id -> Nullable<Text>,
        action -> Text,
        object_kind -> Text,
        object_id -> Text,
        clause -> Nullable<Text>,
        outcome -> Text,
        trace_id -> Text,
        detail -> Nullable<Text>,
        detail_salt -> Nullable<Text>,
        detail_hash -> Text,
        prev_hash -> Text,
        hash -> Text,
    }
}

diesel::table! {
    /// The end of the chain as it was at an instant, signed and exported.
    audit_heads (seq) {
        seq -> BigInt,
        hash -> Text,
        at -> Timestamp,
        reason -> Text,
        after_seq -> BigInt,
        kid -> Text,
        signature -> Text,
    }
}

diesel::table! {
    /// The outbox: what happened, without content, in the order of the commits.
    events (seq) {
        seq -> BigInt,
        kind -> Text,
        object_kind -> Text,
        object_id -> Text,
        at -> Timestamp,
    }
}

diesel::table! {
    /// What an account is told about an application.
    notices (id) {
        id -> Text,
        account_id -> Text,
        application_id -> Nullable<Text>,
        kind -> Text,
        clause -> Nullable<Text>,
        body -> Text,
        created_at -> Timestamp,
        read_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    /// Answers kept for repeated requests.
    idempotency (principal, operation, key) {
        principal -> Text,
        operation -> Text,
        key -> Text,
        fingerprint -> Text,
        status -> Integer,
        headers -> Text,
        body -> Text,
        created_at -> Timestamp,
        body_sealed -> Nullable<Text>,
    }
}

diesel::table! {
    /// Leased jobs.
    jobs (id) {
        id -> Text,
        kind -> Text,
        unique_key -> Nullable<Text>,
        payload -> Text,
        state -> Text,
        run_at -> Timestamp,
        retry_at -> Nullable<Timestamp>,
        attempts -> Integer,
        lease_id -> Nullable<Text>,
        leased_until -> Nullable<Timestamp>,
        last_error -> Nullable<Text>,
        created_at -> Timestamp,
        finished_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    /// Employers, departments, services, agencies, committees.
    organisations (id) {
        id -> Text,
        kind -> Text,
        ownership -> Text,
        name -> Text,
        credit_code -> Text,
        region -> Text,
        parent_id -> Nullable<Text>,
        civil_service_managed -> Bool,
        status -> Text,
        version -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    /// People who can sign in.
    accounts (id) {
        id -> Text,
        login -> Text,
        name -> Text,
        password_hash -> Text,
        status -> Text,
        id_number_sealed -> Nullable<Text>,
        id_number_index -> Nullable<Text>,
        phone_sealed -> Nullable<Text>,
        phone_index -> Nullable<Text>,
        version -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        password_set_at -> Timestamp,
        kind -> Text,
        id_number_end_index -> Nullable<Text>,
    }
}

diesel::table! {
    /// Who holds which role where.
    memberships (id) {
        id -> Text,
        account_id -> Text,
        organisation_id -> Nullable<Text>,
        role -> Text,
        created_at -> Timestamp,
        ended_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    /// Signed-in sessions, one refresh token each.
    sessions (id) {
        id -> Text,
        account_id -> Text,
        refresh_hash -> Text,
        previous_hash -> Nullable<Text>,
        rotated_at -> Timestamp,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        ended_at -> Nullable<Timestamp>,
        device -> Nullable<Text>,
        address -> Nullable<Text>,
        last_used_at -> Timestamp,
        proved_at -> Timestamp,
        second_factor -> Bool,
    }
}

diesel::table! {
    /// Failed sign-ins in a row, by login and by network.
    sign_in_failures (subject) {
        subject -> Text,
        failures -> Integer,
        last_failed_at -> Timestamp,
        locked_until -> Nullable<Timestamp>,
    }
}

diesel::table! {
    /// TOTP secrets.
    second_factors (id) {
        id -> Text,
        account_id -> Text,
        secret_sealed -> Text,
        last_step -> BigInt,
        created_at -> Timestamp,
        confirmed_at -> Nullable<Timestamp>,
        ended_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    /// Recovery codes of a second factor, hashed.
    recovery_codes (factor_id, code_hash) {
        factor_id -> Text,
        code_hash -> Text,
        used_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    /// Passwords that may not be used again, hashed.
    former_passwords (id) {
        id -> Text,
        account_id -> Text,
        password_hash -> Text,
        ended_at -> Timestamp,
    }
}

diesel::table! {
    /// Tokens by which an account gets a new password, hashed.
    password_resets (id) {
        id -> Text,
        account_id -> Text,
        token_hash -> Text,
        created_by -> Nullable<Text>,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        used_at -> Nullable<Timestamp>,
        ended_at -> Nullable<Timestamp>,
    }
}

diesel::joinable!(memberships -> organisations (organisation_id));
diesel::joinable!(sessions -> accounts (account_id));
diesel::allow_tables_to_appear_in_same_query!(memberships, organisations);
diesel::allow_tables_to_appear_in_same_query!(sessions, accounts, memberships);

diesel::table! {
    /// Versions of cycle definitions.
    cycle_versions (cycle_id, version) {
        cycle_id -> Text,
        version -> Integer,
        year -> Integer,
        title -> Text,
        status -> Text,
        source -> Text,
        sha256 -> Text,
        reason -> Nullable<Text>,
        created_by -> Nullable<Text>,
        created_at -> Timestamp,
        published_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    /// What belongs to a cycle whatever its version.
    cycles (id) {
        id -> Text,
        committee_id -> Nullable<Text>,
        version -> BigInt,
    }
}

diesel::table! {
    /// Windows extended for everyone or for one person.
    window_extensions (id) {
        id -> Text,
        cycle_id -> Text,
        window_name -> Text,
        account_id -> Nullable<Text>,
        until -> Timestamp,
        reason -> Text,
        created_by -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    /// Reusable profiles, one JSON document per person.
    profiles (account_id) {
        account_id -> Text,
        body -> Text,
        version -> BigInt,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    /// Applications; `dossier` is the snapshot of the profile and what the application adds to it.
    applications (id) {
        id -> Text,
        applicant_id -> Text,
        cycle_id -> Text,
        cycle_version -> Integer,
        year -> Integer,
        track -> Text,
        series -> Text,
        specialty -> Text,
        level -> Text,
        stage -> Text,
        step -> Nullable<Text>,
        turn -> Nullable<Text>,
        live -> Bool,
        employer_id -> Nullable<Text>,
        department_id -> Nullable<Text>,
        county -> Nullable<Text>,
        prefecture -> Nullable<Text>,
        regional_kinds -> Text,
        committee_id -> Nullable<Text>,
        returned_by -> Nullable<Text>,
        committee_submissions -> Integer,
        correction_due -> Nullable<Timestamp>,
        paid -> Bool,
        lapse_at -> Nullable<Timestamp>,
        commitment_at -> Nullable<Timestamp>,
        submitted_at -> Nullable<Timestamp>,
        reached_committee_at -> Nullable<Timestamp>,
        stage_since -> Timestamp,
        came_by -> Nullable<Text>,
        came_from_stage -> Nullable<Text>,
        came_from_step -> Nullable<Text>,
        came_actor -> Nullable<Text>,
        untouched -> Bool,
        version -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        dossier -> Text,
        uncounted_since -> Nullable<Timestamp>,
        short_return_at -> Nullable<Timestamp>,
        employer_facts -> Nullable<Text>,
        decide_by -> Nullable<Timestamp>,
        undecided_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    /// History of an application.
    steps (id) {
        id -> Text,
        application_id -> Text,
        seq -> Integer,
        at -> Timestamp,
        action -> Text,
        from_stage -> Text,
        from_step -> Nullable<Text>,
        to_stage -> Text,
        to_step -> Nullable<Text>,
        actor_id -> Nullable<Text>,
        actor_role -> Nullable<Text>,
        organisation_id -> Nullable<Text>,
        clause -> Text,
        opinion -> Nullable<Text>,
        detail -> Text,
    }
}

diesel::table! {
    /// What a return asks to be corrected, and the applicant's answers.
    corrections (id) {
        id -> Text,
        application_id -> Text,
        step_id -> Text,
        seq -> Integer,
        pointer -> Text,
        clause -> Text,
        detail -> Text,
        kind -> Text,
        why_late -> Nullable<Text>,
        answer -> Nullable<Text>,
        answered_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    /// Changes of employer while under review.
    transfers (id) {
        id -> Text,
        application_id -> Text,
        applicant_id -> Text,
        from_employer_id -> Nullable<Text>,
        employer_id -> Text,
        reason -> Text,
        state -> Text,
        proposed_at -> Timestamp,
        decided_by -> Nullable<Text>,
        decided_at -> Nullable<Timestamp>,
        decision_reason -> Nullable<Text>,
    }
}

diesel::table! {
    /// What a reviewer had before them when they returned an application.
    returned_dossiers (step_id) {
        step_id -> Text,
        application_id -> Text,
        dossier -> Text,
    }
}

diesel::table! {
    /// Files of a dossier; rows are ended, never deleted.
    attachments (id) {
        id -> Text,
        application_id -> Text,
        category -> Text,
        status -> Text,
        sha256 -> Text,
        size -> BigInt,
        media_type -> Text,
        file_name -> Text,
        width -> Nullable<Integer>,
        height -> Nullable<Integer>,
        verification_code -> Nullable<Text>,
        declassified -> Bool,
        replaces -> Nullable<Text>,
        uploaded_by -> Text,
        uploaded_at -> Timestamp,
        ended_by -> Nullable<Text>,
        ended_at -> Nullable<Timestamp>,
        version -> BigInt,
    }
}

diesel::allow_tables_to_appear_in_same_query!(applications, accounts, organisations, steps, meta);
diesel::allow_tables_to_appear_in_same_query!(applications, fraud_decisions);
diesel::allow_tables_to_appear_in_same_query!(corrections, steps);
diesel::allow_tables_to_appear_in_same_query!(returned_dossiers, steps);
diesel::allow_tables_to_appear_in_same_query!(transfers, accounts);
diesel::allow_tables_to_appear_in_same_query!(transfers, organisations);
diesel::allow_tables_to_appear_in_same_query!(cycles, cycle_versions);
diesel::allow_tables_to_appear_in_same_query!(publicities, objections);
diesel::allow_tables_to_appear_in_same_query!(publicities, applications);

diesel::table! {
    /// What is made public about an application, and for how long.
    publicities (id) {
        id -> Text,
        application_id -> Text,
        kind -> Text,
        step -> Nullable<Text>,
        status -> Text,
        cycle_id -> Text,
        cycle_version -> Integer,
        employer_id -> Nullable<Text>,
        person_name -> Text,
        employer_name -> Nullable<Text>,
        series -> Text,
        specialty -> Text,
        level -> Text,
        dossier_sha256 -> Text,
        from_date -> Date,
        to_date -> Date,
        starts_at -> Timestamp,
        ends_at -> Timestamp,
        days -> Integer,
        opened_by -> Nullable<Text>,
        opened_at -> Timestamp,
        posted_from -> Nullable<Date>,
        posted_to -> Nullable<Date>,
        posted_place -> Nullable<Text>,
        posted_by -> Nullable<Text>,
        posted_at -> Nullable<Timestamp>,
        version -> BigInt,
        withdrawn_at -> Nullable<Timestamp>,
        withdrawn_by -> Nullable<Text>,
        withdrawn_reason -> Nullable<Text>,
    }
}

diesel::table! {
    /// Objections to what was made public.
    objections (id) {
        id -> Text,
        publicity_id -> Text,
        application_id -> Text,
        receipt_index -> Text,
        name_sealed -> Nullable<Text>,
        contact_sealed -> Nullable<Text>,
        text_sealed -> Text,
        raised_at -> Timestamp,
        status -> Text,
        reason -> Nullable<Text>,
        decided_by -> Nullable<Text>,
        decided_at -> Nullable<Timestamp>,
        address_index -> Nullable<Text>,
    }
}

diesel::table! {
    /// Orders over the fee, one per application.
    orders (id) {
        id -> Text,
        application_id -> Text,
        applicant_id -> Text,
        cycle_id -> Text,
        amount_minor -> BigInt,
        currency -> Text,
        state -> Text,
        version -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        number -> BigInt,
    }
}

diesel::table! {
    /// The ledger of money received; rows are only added.
    payments (id) {
        id -> Text,
        order_id -> Text,
        cycle_id -> Text,
        receipt_seq -> BigInt,
        amount_minor -> BigInt,
        method -> Text,
        reference -> Text,
        paid_on -> Date,
        received_by -> Text,
        at -> Timestamp,
        reversed_by -> Nullable<Text>,
        reversed_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    /// Money that came in and settles no order: held, refunded, or booked later.
    held_money (id) {
        id -> Text,
        cycle_id -> Text,
        order_id -> Nullable<Text>,
        applicant_id -> Nullable<Text>,
        held_for -> Text,
        state -> Text,
        in_time -> Bool,
        amount_minor -> BigInt,
        currency -> Text,
        method -> Text,
        reference -> Text,
        paid_on -> Date,
        payer_name -> Nullable<Text>,
        quoted -> Nullable<Text>,
        recorded_by -> Text,
        recorded_at -> Timestamp,
        payment_id -> Nullable<Text>,
        refund_amount_minor -> Nullable<BigInt>,
        refund_reference -> Nullable<Text>,
        refunded_on -> Nullable<Date>,
        refund_reason -> Nullable<Text>,
        settled_by -> Nullable<Text>,
        settled_at -> Nullable<Timestamp>,
        version -> BigInt,
    }
}

diesel::table! {
    /// Paper originals that the bureau has received.
    received_originals (application_id, item) {
        application_id -> Text,
        item -> Text,
        copies -> Integer,
        received_by -> Text,
        at -> Timestamp,
    }
}

diesel::table! {
    /// Defences in person: when and where, how they ended, or why they are not held.
    defences (application_id) {
        application_id -> Text,
        state -> Text,
        scheduled_at -> Nullable<Timestamp>,
        place -> Nullable<Text>,
        score -> Nullable<Integer>,
        note -> Nullable<Text>,
        ground -> Nullable<Text>,
        approver -> Nullable<Text>,
        recorded_by -> Nullable<Text>,
        recorded_at -> Nullable<Timestamp>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(orders, applications);
diesel::allow_tables_to_appear_in_same_query!(accounts, sanctions, study_records, certificates, certificate_revocations);
diesel::allow_tables_to_appear_in_same_query!(applications, certificates);
diesel::allow_tables_to_appear_in_same_query!(applications, sanctions);
diesel::allow_tables_to_appear_in_same_query!(applications, study_records);
diesel::allow_tables_to_appear_in_same_query!(orders, accounts);
diesel::allow_tables_to_appear_in_same_query!(orders, organisations);
diesel::allow_tables_to_appear_in_same_query!(orders, cycles);
diesel::allow_tables_to_appear_in_same_query!(held_money, orders);
diesel::allow_tables_to_appear_in_same_query!(held_money, cycles);
diesel::allow_tables_to_appear_in_same_query!(held_money, organisations);
diesel::allow_tables_to_appear_in_same_query!(held_money, payments);
diesel::allow_tables_to_appear_in_same_query!(cycles, organisations);

diesel::table! {
    /// Meetings of a committee.
    meetings (id) {
        id -> Text,
        cycle_id -> Text,
        cycle_version -> Integer,
        committee_id -> Text,
        name -> Text,
        level_group -> Text,
        scheduled_at -> Timestamp,
        place -> Text,
        members -> Integer,
        chair -> Text,
        deputies -> Text,
        attendance -> Nullable<Text>,
        closed_at -> Nullable<Timestamp>,
        version -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        corrections -> Nullable<Text>,
        cancelled_at -> Nullable<Timestamp>,
        cancelled_reason -> Nullable<Text>,
    }
}

diesel::table! {
    /// Applications before a meeting, with their tally and what it led to.
    meeting_candidates (meeting_id, application_id) {
        meeting_id -> Text,
        application_id -> Text,
        seq -> Integer,
        specialty -> Text,
        level -> Text,
        tally -> Nullable<Text>,
        passed -> Nullable<Bool>,
        ruling -> Nullable<Text>,
    }
}

diesel::joinable!(meeting_candidates -> meetings (meeting_id));
diesel::allow_tables_to_appear_in_same_query!(meeting_candidates, meetings, applications);

diesel::table! {
    /// The settlement of a cycle's caps.
    cap_settlements (cycle_id) {
        cycle_id -> Text,
        settled_by -> Text,
        settled_at -> Timestamp,
        left_out -> BigInt,
    }
}

diesel::table! {
    /// Certificates as they were issued.
    certificates (number) {
        number -> Text,
        application_id -> Text,
        cycle_id -> Text,
        cycle_version -> Integer,
        sequence -> Integer,
        holder_id -> Text,
        holder_name -> Text,
        specialty -> Text,
        specialty_name -> Text,
        level -> Text,
        title -> Text,
        scope -> Text,
        authority -> Text,
        issued_on -> Date,
        issued_at -> Timestamp,
        obtained_on -> Nullable<Date>,
    }
}

diesel::table! {
    /// Certificates that hold no longer.
    certificate_revocations (number) {
        number -> Text,
        clause -> Text,
        revoked_by -> Nullable<Text>,
        revoked_on -> Date,
        revoked_at -> Timestamp,
    }
}

diesel::table! {
    /// Fraud found in an application.
    fraud_decisions (application_id) {
        application_id -> Text,
        finding -> Text,
        reason -> Text,
        decided_by -> Text,
        decided_at -> Timestamp,
    }
}

diesel::table! {
    /// Bans, bars, delays and disciplinary sanctions.
    sanctions (id) {
        id -> Text,
        kind -> Text,
        account_id -> Nullable<Text>,
        organisation_id -> Nullable<Text>,
        ground -> Text,
        reason -> Text,
        from_day -> Nullable<Date>,
        until_day -> Nullable<Date>,
        first_year -> Nullable<Integer>,
        last_year -> Nullable<Integer>,
        application_id -> Nullable<Text>,
        committee_id -> Nullable<Text>,
        recorded_by -> Text,
        recorded_at -> Timestamp,
    }
}

diesel::table! {
    /// The registry of continuing education.
    study_records (id) {
        id -> Text,
        id_number_sealed -> Text,
        id_number_index -> Text,
        year -> Integer,
        kind -> Text,
        hours -> Integer,
        certificate_number -> Text,
        client_ref -> Nullable<Text>,
        organisation_id -> Text,
        import_id -> Nullable<Text>,
        recorded_by -> Text,
        recorded_at -> Timestamp,
        withdrawn_by -> Nullable<Text>,
        withdrawn_at -> Nullable<Timestamp>,
        withdrawal_reason -> Nullable<Text>,
        version -> BigInt,
    }
}

diesel::table! {
    /// Imports of files.
    imports (id) {
        id -> Text,
        owner -> Text,
        name -> Text,
        entity -> Text,
        start -> Text,
        state -> Text,
        sha256 -> Text,
        bytes -> BigInt,
        format -> Text,
        encoding -> Text,
        delimiter -> Nullable<Text>,
        file_columns -> Text,
        total -> BigInt,
        done -> BigInt,
        cursor -> BigInt,
        created -> BigInt,
        unchanged -> BigInt,
        failed -> BigInt,
        normalised -> BigInt,
        organisation_id -> Nullable<Text>,
        created_by -> Text,
        created_at -> Timestamp,
        ended_at -> Nullable<Timestamp>,
        problem -> Nullable<Text>,
        erased_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    /// The rows of an import's file, sealed.
    import_chunks (id) {
        id -> Text,
        import_id -> Text,
        last_line -> BigInt,
        content_sealed -> Text,
        stored_at -> Timestamp,
    }
}

diesel::table! {
    /// What became of the lines of an import.
    import_batches (import_id, last_line) {
        import_id -> Text,
        last_line -> BigInt,
        outcomes -> Text,
    }
}

diesel::allow_tables_to_appear_in_same_query!(imports, import_chunks);

diesel::table! {
    /// Which versions of the program have run on this database.
    upgrades (number) {
        number -> BigInt,
        at -> Timestamp,
        from_version -> Nullable<Text>,
        to_version -> Text,
        migrations -> Text,
    }
}

diesel::table! {
    /// Who was erased after the retention.
    erasures (account_id) {
        account_id -> Text,
        at -> Timestamp,
    }
}

diesel::table! {
    /// Files that are to be removed, and those that were within a day.
    erased_objects (sha256) {
        sha256 -> Text,
        queued_at -> Timestamp,
        removed_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    /// OAuth clients; each is a service account.
    clients (account_id) {
        account_id -> Text,
        organisation_id -> Text,
        authentication -> Text,
        public_keys -> Text,
        networks -> Text,
        version -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        ended_at -> Nullable<Timestamp>,
        last_used_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    /// Hashes of clients' secrets.
    client_secrets (id) {
        id -> Text,
        client_id -> Text,
        hash -> Text,
        created_at -> Timestamp,
        ends_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    /// Access tokens of clients.
    client_tokens (id) {
        id -> Text,
        client_id -> Text,
        scope -> Text,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        ended_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    /// Assertions that were used, until they expire.
    client_assertions (client_id, jti_hash) {
        client_id -> Text,
        jti_hash -> Text,
        expires_at -> Timestamp,
    }
}

diesel::table! {
    /// Tokens that people have made for their programs.
    personal_tokens (id) {
        id -> Text,
        account_id -> Text,
        name -> Text,
        hash -> Text,
        scope -> Text,
        networks -> Text,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        ended_at -> Nullable<Timestamp>,
        last_used_at -> Nullable<Timestamp>,
    }
}

diesel::joinable!(clients -> accounts (account_id));
diesel::joinable!(personal_tokens -> accounts (account_id));
diesel::joinable!(client_tokens -> clients (client_id));
diesel::allow_tables_to_appear_in_same_query!(client_tokens, clients, accounts);
diesel::allow_tables_to_appear_in_same_query!(personal_tokens, accounts);

diesel::table! {
    /// What one person proposes and another confirms.
    proposals (id) {
        id -> Text,
        kind -> Text,
        cycle_id -> Text,
        committee_id -> Text,
        application_id -> Nullable<Text>,
        ground -> Nullable<Text>,
        window_name -> Nullable<Text>,
        account_id -> Nullable<Text>,
        until -> Nullable<Timestamp>,
        reason -> Text,
        proposed_by -> Text,
        proposed_at -> Timestamp,
        state -> Text,
        decided_by -> Nullable<Text>,
        decided_at -> Nullable<Timestamp>,
        statement -> Nullable<Text>,
        version -> BigInt,
    }
}
