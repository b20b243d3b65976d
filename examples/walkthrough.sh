#!/usr/bin/env bash
# The whole of a review year, played through the API with curl and jq: July to December 2024, and the three years after a fraud.
# It starts its own server on a free port and an empty folder, sets the sandbox's clock, and stops with exit code 1 at the first
# answer that is not as it should be.
#
#   examples/walkthrough.sh
#
# TITLE_REVIEW_BIN            the program; without it, cargo builds it
# WALKTHROUGH_THEN            a command that is run at the end, with the server's address and the password of all
# TITLE_REVIEW_DATABASE__URL  an empty PostgreSQL database; without it, SQLite in the folder
set -euo pipefail
cd "$(dirname "$0")/.."

# ------------------------------------------------------------------------------------------------------------- the server

for tool in curl jq; do
    command -v "$tool" >/dev/null || { echo "walkthrough: $tool is not installed"; exit 1; }
done
bin="${TITLE_REVIEW_BIN:-}"
if [ -z "$bin" ]; then
    cargo build --locked
    bin="$(cargo metadata --format-version 1 --no-deps --locked | jq -r .target_directory)/debug/title-review"
fi

work="$(mktemp -d)"
server=
cleanup() {
    if [ -n "$server" ]; then kill "$server" 2>/dev/null && wait "$server" 2>/dev/null; fi
    rm -rf "$work"
}
trap cleanup EXIT

"$bin" --data "$work/data" serve --sandbox --listen 127.0.0.1:0 >"$work/greeting" 2>"$work/log" &
server=$!
for _ in $(seq 300); do
    grep -q 'password of all' "$work/greeting" && break
    kill -0 "$server" 2>/dev/null || { echo "walkthrough: the server does not start"; cat "$work/log"; exit 1; }
    sleep 0.1
done
base="$(sed -n 's|.*/ address: *\(http://[^ ]*\)$|\1|p' "$work/greeting")"
password="$(sed -n 's|.*/ password of all: *\([^ ]*\)$|\1|p' "$work/greeting")"

# ------------------------------------------------------------------------------------------------- how the API is spoken to

declare -A token=() application=()
STATUS='' BODY='' ETAG='' number=0

say() { printf '%s\n' "$*"; }
day() { printf '\n== %s  %s\n' "$1" "$2"; }
fail() {
    printf '\nWALKTHROUGH FAILED: %s\n' "$*"
    printf 'the last answer: %s %s\n' "$STATUS" "$BODY"
    exit 1
}

# send WHO METHOD PATH [CURL ARGUMENTS…]: any request; sets STATUS, BODY and ETAG.
send() {
    local who=$1 method=$2 path=$3
    shift 3
    local arguments=(-sS -X "$method" -o "$work/body" -D "$work/head" -w '%{http_code}')
    [ -z "${token[$who]:-}" ] || arguments+=(-H "Authorization: Bearer ${token[$who]}")
    if [ "$method" = POST ]; then
        number=$((number + 1))
        arguments+=(-H "Idempotency-Key: walkthrough-$number")
    fi
    : >"$work/body"
    STATUS="$(curl "${arguments[@]}" "$@" "$base$path")" || fail "$who $method $path: no answer"
    BODY="$(cat "$work/body")"
    ETAG="$(tr -d '\r' <"$work/head" | sed -n 's/^etag: //Ip')"
}

# as WHO METHOD PATH [JSON]: a request that has to succeed.
as() {
    local body=()
    [ $# -lt 4 ] || body=(-H 'Content-Type: application/json' -d "$4")
    send "$1" "$2" "$3" "${body[@]}"
    [[ "$STATUS" = 2* ]] || fail "$1 $2 $3: expected success"
}

# act WHO METHOD OBJECT PATH [JSON]: an act on OBJECT in the version it has now; it may be refused.
act() {
    send "$1" GET "$3"
    [ "$STATUS" = 200 ] || fail "$1 cannot read $3"
    local body=()
    [ $# -lt 5 ] || body=(-H 'Content-Type: application/json' -d "$5")
    send "$1" "$2" "$4" -H "If-Match: $ETAG" "${body[@]}"
}

succeeds() { [[ "$STATUS" = 2* ]] || fail "$*: expected success"; }

# refused CODE WHAT: the last act was refused with this problem code.
refused() {
    [[ "$STATUS" = 4* ]] && [ "$(field .code)" = "$1" ] || fail "$2: expected the problem $1"
    say "   refused, $1: $(field .detail)"
}

# field FILTER: of the last answer.
field() { jq -r "$1" <<<"$BODY"; }

# holds FILTER WHAT: a jq condition on the last answer.
holds() { jq -e "$1" <<<"$BODY" >/dev/null || fail "$2: expected $1"; }

# clock INSTANT: sets business time.
clock() { as nobody PUT /v1/sandbox/clock "{\"now\": \"$1\"}"; }

# sign_in LOGIN
sign_in() {
    as nobody POST /v1/sessions "{\"login\": \"$1\", \"password\": \"$password\"}"
    token[$1]="$(field .access_token)"
}

# ------------------------------------------------------------------------------------------------------ what people do

# resident_id BIRTH(YYYYMMDD) SERIAL: with the check digit of GB 11643.
resident_id() {
    local digits="652901$1$2" sum=0 i
    for ((i = 0; i < 17; i++)); do sum=$(((sum + ${digits:i:1}) * 2 % 11)); done
    local checks=10X98765432
    printf '%s%s' "$digits" "${checks:sum:1}"
}

# credit_code FIRST17: with the check character of GB 32100.
credit_code() {
    local alphabet=0123456789ABCDEFGHJKLMNPQRTUWXY sum=0 weight=1 i before
    for ((i = 0; i < 17; i++)); do
        before="${alphabet%%"${1:i:1}"*}"
        sum=$((sum + ${#before} * weight))
        weight=$((weight * 3 % 31))
    done
    printf '%s%s' "$1" "${alphabet:$(((31 - sum % 31) % 31)):1}"
}

# enter_study ID_NUMBER SERIAL PROFILE: the prefecture's service enters into the registry what the profile says to come from the system (4.2.4b).
enter_study() {
    local record certificate=0
    while read -r record; do
        certificate=$((certificate + 1))
        as prefecture POST /v1/study-records "$(jq -c --arg id "$1" --arg number "ZJ-$2-$certificate" \
            '{id_number: $id, year, kind, hours, certificate_number: (.certificate_number // $number)}' <<<"$record")"
        succeeds "a certificate of continuing education"
    done < <(jq -c '.study_records[]? | select(.source == "system")' <<<"$3")
}

# register LOGIN SERIAL MODEL: somebody new with the profile of a demo applicant. An odd serial is a man's.
register() {
    local login=$1 serial=$2 model=$3 sex=female profile birth
    [ $((10#$serial % 2)) = 0 ] || sex=male
    as "$model" GET /v1/profile
    profile="$(jq --arg sex "$sex" '(.profile // .body // .) | del(.version, .updated_at) | .sex = $sex' <<<"$BODY")"
    birth="$(jq -r '.birth_date | gsub("-"; "")' <<<"$profile")"
    enter_study "$(resident_id "$birth" "$serial")" "$serial" "$profile"
    as nobody POST /v1/accounts "{\"login\": \"$login\", \"password\": \"$password\", \"name\": $(jq .name <<<"$profile"),
        \"id_number\": \"$(resident_id "$birth" "$serial")\", \"phone\": \"13800000000\"}"
    sign_in "$login"
    act "$login" PUT /v1/profile /v1/profile "$profile"
    succeeds "the profile of $login"
}

# draft LOGIN TRACK LEVEL [CYCLE]: files an application at the employer that the profile names.
draft() {
    local login=$1 track=$2 level=$3 cycle=${4:-aksu-2024} employer
    as "$login" GET /v1/profile
    employer="$(field '[.. | objects | (.employments[]?, .file_hostings[]?) | .organisation_id // empty] | first')"
    send "$login" POST /v1/applications -H 'Content-Type: application/json' -d "{\"cycle_id\": \"$cycle\", \"track\": \"$track\",
        \"specialty\": \"surveying\", \"level\": \"$level\", \"employer_id\": \"$employer\"}"
    application[$login]="/v1/applications/$(field .id)"
}

# upload WHO APPLICATION CATEGORY
upload() {
    printf '%%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%% %s\nxref\n0 1\n0000000000 65535 f \ntrailer\n<< /Size 1 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n' \
        "$3" $((50 + ${#3})) >"$work/$3.pdf"
    send "$1" GET "$2"
    send "$1" POST "$2/attachments" -H "If-Match: $ETAG" -F "category=$3" -F declassified=true -F "file=@$work/$3.pdf;type=application/pdf"
    succeeds "$1 uploads $3"
}

# upload_wanted WHO APPLICATION applicant|employer: a document for everything that the checks still ask of this side.
upload_wanted() {
    local from_employer=false category
    [ "$3" = applicant ] || from_employer=true
    as "$1" GET "$2/checks"
    for category in $(jq -r --argjson employer "$from_employer" '[.items[] | select(.verdict == "needs_evidence")
        | select((.rule == "employer_evidence") == $employer)
        | [.pointers[] | select(startswith("/evidence/")) | ltrimstr("/evidence/")] | first // empty] | unique[]' <<<"$BODY"); do
        upload "$1" "$2" "$category"
    done
}

# submit LOGIN [ANSWERS]: signs the commitment and submits; it may be refused.
submit() {
    local path=${application[$1]} answers=${2:-[]}
    upload_wanted "$1" "$path" applicant
    act "$1" PUT "$path" "$path/commitment" '{"agreed": true}'
    succeeds "$1 signs"
    act "$1" POST "$path" "$path/submission" "{\"answers\": $answers}"
}

# apply LOGIN TRACK LEVEL: all of it at once.
apply() {
    draft "$@"
    succeeds "$1 files a draft"
    submit "$1"
    succeeds "$1 submits"
    holds '.step == "employer_review"' "$1 waits for the employer"
    say "   $1 applies: $2, $3"
}

checklist="$(sed -n '/^\[checklist\]/,/^\[fixed/p' cycles/aksu-2024.toml | sed -n '/^items/,$p' | grep -o 'id = "[a-z_]*"' |
    jq -Rcn '[inputs | split("\"")[1] | {item: ., ok: true}]')"
sentence="$(sed -n '/^\[fixed_sentence\]/,/^clause/s/^text = "\(.*\)"$/\1/p' cycles/aksu-2024.toml)"

# Documents about which the employer says that it saw signature and seal (4.2.6).
sealed="$(grep -E '^(id|signed_and_sealed) = ' cycles/aksu-2024.toml | grep -B1 'signed_and_sealed = true' | grep '^id' |
    jq -Rcn '[inputs | split("\"")[1]]')"

# decide WHO LOGIN JSON: a reviewer's decision on the application of LOGIN; it may be refused.
decide() { act "$1" POST "${application[$2]}" "${application[$2]}/decisions" "$3"; }

# approve WHO LOGIN STAGE [OPINION]: an approval that leads to STAGE.
approve() {
    decide "$1" "$2" "{\"action\": \"approve\", \"opinion\": \"${4:-情况属实，同意}\", \"checklist\": $checklist, \"sealed_documents\": $sealed}"
    succeeds "$1 approves $2"
    holds "(.step // .stage) == \"$3\"" "$2 after the approval of $1"
}

# put_up CLERK LOGIN FROM: the employer's public notice, five working days.
put_up() {
    local path=${application[$2]}
    act "$1" POST "$path" "$path/publicities" "{\"from_date\": \"$3\"}"
    succeeds "$1 puts up the notice of $2"
    say "   $1 puts up the notice of $2: $(field '"\(.from_date) to \(.to_date), \(.days) working days"')"
}

# recommend CLERK LOGIN STAGE: the employer adds its documents and sends the application on with the sentence of 4.4b.
recommend() {
    upload_wanted "$1" "${application[$2]}" employer
    approve "$1" "$2" "$3" "$sentence"
}

# return_for WHO LOGIN KIND POINTER DETAIL
return_for() {
    decide "$1" "$2" "{\"action\": \"return\", \"opinion\": \"退回修改\", \"corrections\":
        [{\"pointer\": \"$4\", \"clause\": \"4.2.1a\", \"detail\": \"$5\", \"kind\": \"$3\"}]}"
    succeeds "$1 returns $2"
}

# stage WHO LOGIN STAGE WORDS: where the application stands.
stage() {
    as "$1" GET "${application[$2]}"
    holds "(.step // .stage) == \"$3\"" "$2"
    say "   $2: $3${4:+, $4}"
}

# pay LOGIN FEN
pay() {
    as finance GET "/v1/orders?application_id=${application[$1]##*/}"
    local order="/v1/orders/$(field '.items[0].id')"
    holds ".items[0].amount.amount_minor == $2" "the fee of $1"
    act finance POST "$order" "$order/payments" "{\"method\": \"bank\", \"reference\": \"BANK-$number\", \"paid_on\": \"$3\",
        \"amount\": {\"amount_minor\": $2, \"currency\": \"CNY\"}}"
    succeeds "$1 pays"
    as "$1" GET "$order/receipt"
    say "   $1 pays: $(field '"\(.amount_in_words), receipt \(.receipt_number)"')"
}

# originals LOGIN: the office receives every original.
originals() {
    local path=${application[$1]} items item copies
    as office GET "$path/originals"
    items="$(field '.items[] | select(.received == null) | "\(.item) \(.copies)"')"
    while read -r item copies; do
        act office PUT "$path" "$path/originals/$item" "{\"copies\": $copies}"
        succeeds "the original $item of $1"
    done <<<"$items"
}

# ------------------------------------------------------------------------------------------------------------- the year

say "server: $base"
for login in admin security office finance supervisor department prefecture county_652901 institution_clerk private_clerk outside_clerk \
    applicant_intermediate applicant_senior applicant_private applicant_skilled applicant_stationed applicant_stationed_short; do
    sign_in "$login"
done

clock 2024-07-22T09:00:00+08:00
day 2024-07-22 "applications open; everybody files"

say "-- a directed intermediate, and others with the same profile whose ways will part"
apply applicant_intermediate directed intermediate
say "-- a slip: the submission is taken back while nobody has acted on it, and sent again"
path=${application[applicant_intermediate]}
act applicant_intermediate POST "$path" "$path/recall" '{"reason": "发现填错"}'
succeeds "the recall"
stage applicant_intermediate applicant_intermediate draft "recalled, the files stay (4.1a)"
submit applicant_intermediate
succeeds "applicant_intermediate submits again"
serial=201
for login in corrected waiting unpaid objected forger moved; do
    register "$login" $serial applicant_intermediate
    apply "$login" directed intermediate
    serial=$((serial + 1))
done

say "-- one changes the employer: asked for, accepted by the new one, back to the first step (4.3c)"
as institution_clerk GET /v1/me
as office GET "/v1/organisations/$(field '.memberships[0].organisation_id')"
institution="$(field '{kind, ownership, region, parent_id}')"
as admin POST /v1/organisations "$(jq -c '. + {name: "第二测绘院（演示）", credit_code: "'"$(credit_code 91652901MA0000777)"'"}' <<<"$institution")"
second="$(field .id)"
as admin POST /v1/staff-accounts "{\"login\": \"second_clerk\", \"password\": \"$password\", \"name\": \"经办人\"}"
as security POST /v1/memberships "{\"account_id\": \"$(field .id)\", \"organisation_id\": \"$second\", \"role\": \"employer_clerk\"}"
sign_in second_clerk
path=${application[moved]}
act moved POST "$path" "$path/transfers" "{\"employer_id\": \"$second\", \"reason\": \"已调入该单位\"}"
succeeds "the request for a transfer"
as second_clerk POST "/v1/transfers/$(field .id)/decision" '{"accept": true, "reason": "本人已在我单位工作"}'
return_for second_clerk moved new /profile/employments/0 "请填写现工作单位"
as moved GET /v1/profile
act moved PUT /v1/profile /v1/profile "$(jq --arg second "$second" '(.profile // .body // .) | del(.version, .updated_at)
    | .employments[0].organisation_id = $second' <<<"$BODY")"
succeeds "the profile of moved"
as moved GET "$path"
act moved PUT "$path" "$path" "$(jq '{track, specialty, level, employer_id}' <<<"$BODY")"
succeeds "the dossier of moved"
submit moved "$(jq '[.open_corrections[] | {correction_id: .id, answer: "已修改"}]' <<<"$BODY")"
succeeds "moved submits to the new employer"
stage second_clerk moved employer_review "at the new employer"

say "-- associate seniors: four, of whom three in four may pass"
apply applicant_senior directed associate_senior
for login in senior_2 senior_3 senior_4; do
    register "$login" $serial applicant_senior
    apply "$login" directed associate_senior
    serial=$((serial + 1))
done

say "-- a private enterprise's first-timer without a single hour of study"
draft applicant_private private_enterprise intermediate
succeeds "applicant_private files a draft"
as applicant_private GET "${application[applicant_private]}/checks"
holds '[.items[] | select(.rule == "study_hours" or (.clause | startswith("4.2.4")))] | any(.verdict == "waived")' "the hours are waived"
say "   $(field '[.items[] | select(.verdict == "waived")][0] | "\(.clause): \(.arithmetic.zh)"')"
submit applicant_private
succeeds "applicant_private submits"

say "-- a skilled technician to intermediate, by the skill grade"
draft applicant_skilled private_enterprise intermediate
submit applicant_skilled
succeeds "applicant_skilled submits"

say "-- stationed here for a year, and for a year less a day"
draft applicant_stationed private_enterprise intermediate
submit applicant_stationed
succeeds "applicant_stationed submits"
draft applicant_stationed_short private_enterprise intermediate
submit applicant_stationed_short
refused rules_unmet "stationed for 364 days"
say "   $(field '[.errors[] | select(.clause == "1.2c")][0] | "\(.clause): \(.detail)"')"
as applicant_stationed_short GET "${application[applicant_stationed_short]}"
holds '.stage == "draft"' "nothing was written"

say "-- a second application in the same year is refused"
kept=${application[applicant_intermediate]}
draft applicant_intermediate directed assistant
refused one_application_per_year "a second application"
application[applicant_intermediate]=$kept

say "-- the employers put up their notices"
directed=(applicant_intermediate corrected waiting unpaid objected forger applicant_senior senior_2 senior_3 senior_4)
private=(applicant_private applicant_skilled applicant_stationed)
declare -A clerk=([applicant_private]=private_clerk [applicant_skilled]=private_clerk [applicant_stationed]=outside_clerk)
for login in "${directed[@]}"; do put_up institution_clerk "$login" 2024-07-22; done
for login in "${private[@]}"; do put_up "${clerk[$login]}" "$login" 2024-07-22; done
put_up second_clerk moved 2024-07-22

day 2024-07-24 "somebody objects to one of them"
clock 2024-07-24T10:00:00+08:00
as institution_clerk GET "${application[objected]}/publicities"
as nobody POST "/v1/publicities/$(field '.items[0].id')/objections" '{"text": "业绩并非本人完成"}'
receipt="$(field .receipt)"
decide institution_clerk objected "{\"action\": \"approve\", \"opinion\": \"$sentence\", \"checklist\": $checklist}"
[[ "$STATUS" = 4* ]] || fail "an approval while the notice runs"
as institution_clerk GET "${application[objected]}/objections"
as institution_clerk POST "/v1/objections/$(field '.items[0].id')/decision" '{"finding": "upheld", "reason": "经核实，异议成立"}'
as nobody GET "/v1/objections/$receipt"
holds '.status == "upheld"' "the holder of the receipt learns what became of it"
say "   upheld: $(field .reason)"

day 2024-07-29 "the notices are over; employers recommend"
clock 2024-07-29T09:00:00+08:00
upload_wanted institution_clerk "${application[objected]}" employer
decide institution_clerk objected "{\"action\": \"approve\", \"opinion\": \"$sentence\", \"checklist\": $checklist, \"sealed_documents\": $sealed}"
refused objection_upheld "an upheld objection"
decide institution_clerk objected "{\"action\": \"not_recommend\", \"opinion\": \"异议成立\", \"grounds\": [\"4.3c\"], \"checklist\": $checklist}"
succeeds "the employer ends it"
stage objected objected not_recommended "its end"
for login in "${directed[@]}"; do
    [ "$login" = objected ] || recommend institution_clerk "$login" department_review
done
for login in "${private[@]}"; do recommend "${clerk[$login]}" "$login" county_service_review; done
recommend second_clerk moved department_review

day 2024-08-01 "department and services review; one application is left lying at the department"
clock 2024-08-01T09:00:00+08:00
for login in "${directed[@]}" moved; do
    case $login in objected | waiting) continue ;; esac
    approve department "$login" formal_review
done
for login in "${private[@]}"; do
    approve county_652901 "$login" prefecture_service_review
    approve prefecture "$login" formal_review
done

day 2024-08-05 "formal review"
clock 2024-08-05T10:00:00+08:00
for login in "${directed[@]}" "${private[@]}" moved; do
    case $login in objected | waiting | corrected) continue ;; esac
    approve office "$login" accepted
done
say "   accepted: all but one"
return_for office corrected new /profile/achievements/0 "请补充本人实际贡献"
say "   corrected is returned, due $(field '.deadlines[] | select(.kind == "correction_due") | .instant')"

# correct LOGIN: changes the profile, takes it over, and resubmits with an answer to each correction.
correct() {
    local path=${application[$1]} profile filing
    as "$1" GET /v1/profile
    profile="$(jq '(.profile // .body // .) | del(.version, .updated_at) | .achievements[0].contribution += "，已补充"' <<<"$BODY")"
    act "$1" PUT /v1/profile /v1/profile "$profile"
    succeeds "the corrected profile"
    as "$1" GET "$path"
    filing="$(jq '{track, specialty, level, employer_id}' <<<"$BODY")"
    act "$1" PUT "$path" "$path" "$filing"
    succeeds "the corrected application"
    submit "$1" "$(jq '[.open_corrections[] | {correction_id: .id, answer: "已修改"}]' <<<"$BODY")"
}

day 2024-08-07 "the second day after the return: corrected in time"
clock 2024-08-07T23:30:00+08:00
correct corrected
succeeds "the correction of day 2"
stage corrected corrected formal_review "second submission"

day 2024-08-08 "returned again; 08-10 is a Saturday, so that the correction is due on Monday"
clock 2024-08-08T10:00:00+08:00
return_for office corrected uncorrected /profile/achievements/0 "贡献说明仍不完整"
say "   due $(field '.deadlines[] | select(.kind == "correction_due") | .instant')"
clock 2024-08-12T18:00:00+08:00
correct corrected
succeeds "the correction of the second return"
stage corrected corrected formal_review "third submission"

day 2024-08-13 "the third submission fails as well"
clock 2024-08-13T10:00:00+08:00
return_for office corrected uncorrected /profile/achievements/0 "仍不符合要求"
stage corrected corrected not_accepted "its end (4.2.1b)"

day 2024-08-30 "18:00:00 is in time, the instant after it is not"
clock 2024-08-30T18:00:00+08:00
stage waiting waiting department_review "at 18:00:00"
clock 2024-08-30T18:00:01+08:00
stage waiting waiting lapsed "its end (2.1)"
decide department waiting "{\"action\": \"approve\", \"opinion\": \"同意\", \"checklist\": $checklist}"
[[ "$STATUS" = 4* ]] || fail "an approval after the window"
as waiting GET /v1/notices
holds '.items | any(.kind == "application.lapse")' "the applicant is told"
stage applicant_stationed_short applicant_stationed_short lapsed "the draft of 364 days as well"

day 2024-09-02 "it lapsed because the platform had failed: the office proposes, a second person confirms"
clock 2024-09-02T09:00:00+08:00
as office POST "${application[waiting]}/reinstatement-proposals" '{"ground": "platform_failure", "reason": "8月30日下午平台故障", "until": "2024-09-03T18:00:00+08:00"}'
proposal="/v1/proposals/$(field .id)"
act supervisor POST "$proposal" "$proposal/decision" '{"decision": "confirm", "statement": "已核对运行记录"}'
succeeds "the confirmation"
stage waiting waiting department_review "reinstated, for this person until the 3rd (2.1)"
approve department waiting formal_review
approve office waiting accepted

day 2024-09-10 "fees are paid, originals come in"
clock 2024-09-10T10:00:00+08:00
candidates=(applicant_intermediate forger applicant_private applicant_skilled applicant_stationed
    applicant_senior senior_2 senior_3 senior_4)
for login in "${candidates[@]}"; do
    case $login in
        *senior*) pay "$login" 60000 2024-09-10 ;;
        applicant_skilled) ;;
        *) pay "$login" 40000 2024-09-10 ;;
    esac
    originals "$login"
done
stage office applicant_intermediate ready "paid, originals received"
stage office applicant_senior accepted "has to defend first (4.5)"

day 2024-09-18 "after the last day of payment and the holidays: a transfer of the 13th is on the bank's statement"
clock 2024-09-18T09:00:00+08:00
stage applicant_skilled applicant_skilled accepted "its money is not booked yet"
pay applicant_skilled 40000 2024-09-13
stage applicant_skilled applicant_skilled ready "the day of payment decides (2.3)"

day 2024-09-20 "associate seniors defend"
for login in applicant_senior senior_2 senior_3 senior_4; do
    path=${application[$login]}
    act office PUT "$path" "$path/defence" '{"at": "2024-09-20T10:00:00+08:00", "place": "3楼会议室"}'
    succeeds "the defence of $login is set"
done
clock 2024-09-20T15:00:00+08:00
score=92
for login in applicant_senior senior_2 senior_3 senior_4; do
    path=${application[$login]}
    act office PUT "$path" "$path/defence/outcome" "{\"score\": $score}"
    succeeds "the defence of $login is recorded"
    stage "$login" "$login" ready "has defended"
    score=$((score - 4))
done

day 2024-09-25 "the day after the last booking"
clock 2024-09-24T23:59:59+08:00
stage unpaid unpaid accepted "at 23:59:59 of the 24th"
clock 2024-09-25T00:00:00+08:00
for login in unpaid waiting moved; do stage "$login" "$login" lapsed "its end (2.3)"; done

day 2024-10-15 "the meeting"
clock 2024-10-14T09:00:00+08:00
as office POST /v1/meetings '{"cycle_id": "aksu-2024", "name": "2024年度评审会议", "level_group": "senior", "place": "会议室",
    "scheduled_at": "2024-10-15T10:00:00+08:00", "members": 25, "chair": "主任委员"}'
meeting="/v1/meetings/$(field .id)"
ids="$(for login in "${candidates[@]}"; do printf '%s\n' "${application[$login]##*/}"; done | jq -Rcn '[inputs]')"
act office POST "$meeting" "$meeting/candidates" "{\"application_ids\": $ids}"
succeeds "the candidates"
clock 2024-10-15T10:00:00+08:00
act office PUT "$meeting" "$meeting/attendance" '{"present": 24, "led_by": "chair"}'
succeeds "the attendance"
declare -A yes=([applicant_senior]=24 [senior_2]=23 [senior_3]=22 [senior_4]=17)
for login in "${candidates[@]}"; do
    votes=${yes[$login]:-20}
    act office PUT "$meeting" "$meeting/candidates/${application[$login]##*/}/tally" "{\"yes\": $votes, \"no\": $((24 - votes)), \"abstain\": 0}"
    succeeds "the vote on $login"
done
act office POST "$meeting" "$meeting/closure"
succeeds "the closure"
say "$(field '.candidates[] | "   \(.level): \(.ruling.arithmetic.zh)"')"
stage applicant_intermediate applicant_intermediate passed
stage applicant_senior applicant_senior in_meeting "votes enough, the cap of the year is open (4.8)"
as office POST /v1/cycles/aksu-2024/cap-settlement '{}'
succeeds "the settlement of the cap"
say "$(field '.caps[] | .candidates[] | "   \(.ruling.arithmetic.zh)"')"
for login in applicant_senior senior_2 senior_3; do stage "$login" "$login" passed "inside the cap (4.8)"; done
stage senior_4 senior_4 not_passed "two thirds, but outside the cap: its end (4.8)"

day 2024-10-21 "results are publicised"
clock 2024-10-21T09:00:00+08:00
act office POST "$meeting" "$meeting/publicity" '{"from_date": "2024-10-21"}'
succeeds "the publicity of results"
as nobody GET '/v1/publicities?kind=result&cycle_id=aksu-2024'
say "   $(field '.items | length') results are public; anybody may object"
as office GET "${application[senior_3]}/publicities"
notice="$(field '[.items[] | select(.kind == "result")][0].id')"
as nobody POST "/v1/publicities/$notice/objections" '{"text": "论文系抄袭"}'
as office GET "${application[senior_3]}/objections"
as office POST "/v1/objections/$(field '[.items[] | select(.kind == "result")][0].id')/decision" '{"finding": "upheld", "reason": "经核实，异议成立"}'
path=${application[senior_3]}
act office POST "$path" "$path/disqualification" '{"reason": "会议公示期间异议成立"}'
succeeds "the disqualification"
stage senior_3 senior_3 disqualified "its end (R7)"
for login in applicant_intermediate forger applicant_private applicant_skilled applicant_stationed applicant_senior senior_2; do
    by=${clerk[$login]:-institution_clerk}
    as "$by" GET "${application[$login]}/publicities"
    notice="$(field '[.items[] | select(.kind == "result")][0].id')"
    act "$by" PUT "${application[$login]}/publicities/$notice" "/v1/publicities/$notice/posting" \
        '{"from_date": "2024-10-21", "to_date": "2024-10-25", "place": "单位公示栏"}'
    succeeds "$by posts the result of $login"
done

day 2024-10-28 "results are confirmed, certificates issued"
clock 2024-10-28T09:00:00+08:00
for login in applicant_intermediate forger applicant_private applicant_skilled applicant_stationed applicant_senior senior_2; do
    path=${application[$login]}
    act office POST "$path" "$path/confirmation"
    succeeds "the confirmation of $login"
    as "$login" GET "$path/result"
    certificate="$(field .certificate_number)"
    as nobody GET "/v1/certificates/$certificate"
    holds '.status == "valid"' "the certificate of $login"
    say "   $login: $(field '"\(.title), \(.specialty), certificate \(.number), \(.holder_name_masked)"')"
    [ "$login" != forger ] || forged=$certificate
done

day 2024-12-10 "a forged document comes to light"
clock 2024-12-10T10:00:00+08:00
path=${application[forger]}
act office POST "$path" "$path/fraud-decisions" '{"finding": "业绩证明系伪造", "reason": "出具单位书面否认"}'
succeeds "the fraud decision"
say "   barred: $(field '.sanctions[0] | "\(.first_year) to \(.last_year)"')"
stage forger forger revoked "its end (R10, A3)"
as nobody GET "/v1/certificates/$forged"
holds '.status == "revoked"' "the public check"
say "   the public check of $forged says: revoked on $(field .revoked_on)"

# cycle_of YEAR: the notice of another year, made from that of 2024. The state's holidays are published to 2026 only: the windows of
# later years are put there, which changes nothing in who may apply.
cycle_of() {
    local year=$1 published=$(($1 < 2026 ? $1 : 2026)) version
    sed -e "s/2024/$published/g" -e "s/^id = \"aksu-$published\"/id = \"aksu-$year\"/" -e "s/^year = $published/year = $year/" \
        cycles/aksu-2024.toml | jq -Rs '{definition: .}' >"$work/cycle.json"
    as admin POST /v1/cycles "@$work/cycle.json"
    version="$(field .version)"
    send admin POST "/v1/cycles/aksu-$year/publication" -H 'Content-Type: application/json' -d "{\"version\": $version}"
    refused committee_missing "a cycle that nobody would review"
    act admin PUT "/v1/cycles/aksu-$year/committee" "/v1/cycles/aksu-$year/committee" "{\"committee_id\": \"$committee\"}"
    succeeds "the committee of $year"
    as admin POST "/v1/cycles/aksu-$year/publication" "{\"version\": $version}"
    clock "$published-07-22T09:00:00+08:00"
}

as office GET '/v1/organisations?kind=committee&region=652900'
committee="$(field '.items[0].id')"
for year in 2025 2026 2027; do
    day "$year" "the forger applies again"
    cycle_of "$year"
    draft forger directed intermediate "aksu-$year"
    refused barred "the application of $year"
done
day 2028 "the ban is over"
cycle_of 2028
draft forger directed intermediate aksu-2028
succeeds "the application of 2028"
holds '.stage == "draft"' "a new draft"
say "   forger: draft"

as supervisor GET /v1/audit/verification
say ""
say "the record of acts is whole: $(field '"\(.rows // .checked // .) rows"')"
say "WALKTHROUGH PASSED"
# shellcheck disable=SC2086
[ -z "${WALKTHROUGH_THEN:-}" ] || $WALKTHROUGH_THEN "$base" "$password"
