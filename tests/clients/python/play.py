"""Uses the client that openapi-python-client has generated against a running sandbox: a result, sanctions, a study exemption.

    play.py BASE PASSWORD
"""

import sys
from datetime import date
from typing import TypeVar

from title_review_client import AuthenticatedClient, Client
from title_review_client.api.applications import list_applications
from title_review_client.api.identity import create_session
from title_review_client.api.profile import get_profile, update_profile
from title_review_client.api.results import create_sanction, get_result, list_sanctions
from title_review_client.models import Problem, SanctionCreate, SanctionKind, SessionCreate, StudyExemption
from title_review_client.types import UNSET, Response

base, password = sys.argv[1:]
T = TypeVar("T")


def answered(response: Response[T | Problem]) -> T:
    if response.parsed is None or isinstance(response.parsed, Problem):
        raise SystemExit(f"python: {response.status_code} {response.content!r}")
    return response.parsed


def sign_in(login: str) -> AuthenticatedClient:
    body = SessionCreate(login=login, password=password)
    tokens = answered(create_session.sync_detailed(client=Client(base_url=base), body=body))
    return AuthenticatedClient(base_url=base, token=tokens.access_token)


office, applicant = sign_in("office"), sign_in("applicant_intermediate")

mine = answered(list_applications.sync_detailed(client=applicant)).items[0]
result = answered(get_result.sync_detailed(application_id=mine.id, client=applicant))
assert result.passed is True and result.reason == "passed" and result.certificate_number, result
print(f"python: {result.stage}, {result.reason}, certificate {result.certificate_number}")

bans = [one for one in answered(list_sanctions.sync_detailed(client=office)).items if one.kind == "fraud_ban"]
assert bans and bans[0].first_year and bans[0].from_day is None, bans
print(f"python: {len(bans)} ban, from {bans[0].first_year} to {bans[0].last_year}")

delay = SanctionCreate(
    kind=SanctionKind.SANCTION_KIND_DELAY,
    account_id=mine.applicant_id,
    ground="1.1d",
    reason="Recorded by the Python client",
    from_day=date(2030, 1, 1),
    until_day=date(2030, 12, 31),
)
made = answered(create_sanction.sync_detailed(client=office, body=delay, idempotency_key="python-delay"))
assert made.kind == "delay" and made.from_day == date(2030, 1, 1) and made.first_year is None, made
print(f"python: recorded the sanction {made.id}")

known = get_profile.sync_detailed(client=applicant)
profile = answered(known).profile
before = len(profile.study_exemptions)
profile.study_exemptions.append(
    StudyExemption(
        ground="village_work",
        approver="village_work_office",
        approver_name="Python",
        approved_on=date(2021, 3, 1),
        years=[2021],
    )
)
written = update_profile.sync_detailed(client=applicant, body=profile, if_match=known.headers["etag"], accept_language=UNSET)
exemptions = answered(written).profile.study_exemptions
assert len(exemptions) == before + 1 and exemptions[-1].years == [2021], exemptions
print(f"python: {len(exemptions)} study exemption(s), the last by {exemptions[-1].approver_name}")
