// Uses the types that openapi-typescript has generated, with openapi-fetch, against a running sandbox: a result, sanctions, a study exemption.
//
//     node play.js BASE PASSWORD

import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

type Problem = components["schemas"]["Problem"];

function argument(index: number): string {
  const given = process.argv[index];
  if (given === undefined) throw new Error("play.js BASE PASSWORD");
  return given;
}

const [base, password] = [argument(2), argument(3)];

function answered<T>(reply: { data?: T; error?: Problem; response: Response }): T {
  if (reply.data === undefined) throw new Error(`typescript: ${reply.response.status} ${JSON.stringify(reply.error)}`);
  return reply.data;
}

function holds(condition: boolean, shown: unknown): void {
  if (!condition) throw new Error(`typescript: not as expected: ${JSON.stringify(shown)}`);
}

async function signIn(login: string) {
  const anybody = createClient<paths>({ baseUrl: base });
  const tokens = answered(await anybody.POST("/v1/sessions", { body: { login, password } }));
  return createClient<paths>({ baseUrl: base, headers: { Authorization: `Bearer ${tokens.access_token}` } });
}

const office = await signIn("office");
const applicant = await signIn("applicant_intermediate");

const mine = answered(await applicant.GET("/v1/applications")).items[0]!;
const result = answered(
  await applicant.GET("/v1/applications/{application_id}/result", { params: { path: { application_id: mine.id } } }),
);
holds(result.passed === true && result.reason === "passed" && result.certificate_number !== null, result);
console.log(`typescript: ${result.stage}, ${result.reason}, certificate ${result.certificate_number}`);

const bans = answered(await office.GET("/v1/sanctions")).items.filter((one) => one.kind === "fraud_ban");
holds(bans.length > 0 && bans[0]!.first_year !== null && bans[0]!.from_day === null, bans);
console.log(`typescript: ${bans.length} ban, from ${bans[0]!.first_year} to ${bans[0]!.last_year}`);

const made = answered(
  await office.POST("/v1/sanctions", {
    params: { header: { "Idempotency-Key": "typescript-delay" } },
    body: {
      kind: "delay",
      account_id: mine.applicant_id,
      ground: "1.1d",
      reason: "Recorded by the TypeScript client",
      from_day: "2031-01-01",
      until_day: "2031-12-31",
    },
  }),
);
holds(made.kind === "delay" && made.from_day === "2031-01-01" && made.first_year === null, made);
console.log(`typescript: recorded the sanction ${made.id}`);

const known = await applicant.GET("/v1/profile");
const profile = answered(known).profile;
const exemption: components["schemas"]["StudyExemption"] = {
  ground: "village_work",
  approver: "village_work_office",
  approver_name: "TypeScript",
  approved_on: "2022-03-01",
  years: [2022],
};
const written = answered(
  await applicant.PUT("/v1/profile", {
    params: { header: { "If-Match": known.response.headers.get("etag")! } },
    body: { ...profile, study_exemptions: [...profile.study_exemptions, exemption] },
  }),
);
const exemptions = written.profile.study_exemptions;
holds(exemptions.length === profile.study_exemptions.length + 1 && exemptions.at(-1)!.years[0] === 2022, exemptions);
console.log(`typescript: ${exemptions.length} study exemption(s), the last by ${exemptions.at(-1)!.approver_name}`);
