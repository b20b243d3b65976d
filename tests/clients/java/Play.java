// Uses the client that openapi-generator (java, library native) has generated against a running sandbox: a result, sanctions, a study exemption.
//
//     java Play BASE PASSWORD

import java.time.LocalDate;
import java.util.List;
import org.openapitools.client.ApiClient;
import org.openapitools.client.ApiResponse;
import org.openapitools.client.api.ApplicationsApi;
import org.openapitools.client.api.IdentityApi;
import org.openapitools.client.api.ProfileApi;
import org.openapitools.client.api.ResultsApi;
import org.openapitools.client.model.ApplicationResult;
import org.openapitools.client.model.ApplicationSummary;
import org.openapitools.client.model.Profile;
import org.openapitools.client.model.ProfileState;
import org.openapitools.client.model.SanctionCreate;
import org.openapitools.client.model.SanctionKind;
import org.openapitools.client.model.Sanctioned;
import org.openapitools.client.model.SessionCreate;
import org.openapitools.client.model.StudyExemption;

public final class Play {
    private static ApiClient client(String base) {
        ApiClient client = new ApiClient();
        client.updateBaseUri(base);
        return client;
    }

    private static ApiClient signIn(String base, String login, String password) throws Exception {
        SessionCreate session = new SessionCreate().login(login).password(password);
        String token = new IdentityApi(client(base)).createSession(session, null).getAccessToken();
        ApiClient signedIn = client(base);
        signedIn.setRequestInterceptor(request -> request.header("Authorization", "Bearer " + token));
        return signedIn;
    }

    private static void holds(boolean condition, Object shown) {
        if (!condition) {
            throw new IllegalStateException("java: not as expected: " + shown);
        }
    }

    public static void main(String[] arguments) throws Exception {
        ApiClient office = signIn(arguments[0], "office", arguments[1]);
        ApiClient applicant = signIn(arguments[0], "applicant_intermediate", arguments[1]);
        ResultsApi results = new ResultsApi(office);

        ApplicationSummary mine = new ApplicationsApi(applicant)
            .listApplications(null, null, null, null, null, null, null, null, null, null, null).getItems().get(0);
        ApplicationResult result = new ResultsApi(applicant).getResult(mine.getId(), null, null);
        holds(Boolean.TRUE.equals(result.getPassed()) && "passed".equals(result.getReason()) && result.getCertificateNumber() != null, result);
        System.out.printf("java: %s, %s, certificate %s%n", result.getStage(), result.getReason(), result.getCertificateNumber());

        List<Sanctioned> bans = results.listSanctions(null, null, null, null, null).getItems().stream()
            .filter(one -> "fraud_ban".equals(one.getKind())).toList();
        holds(!bans.isEmpty() && bans.get(0).getFirstYear() != null && bans.get(0).getFromDay() == null, bans);
        System.out.printf("java: %d ban, from %d to %d%n", bans.size(), bans.get(0).getFirstYear(), bans.get(0).getLastYear());

        SanctionCreate delay = new SanctionCreate().kind(SanctionKind.SANCTION_KIND_DELAY).accountId(mine.getApplicantId()).ground("1.1d")
            .reason("Recorded by the Java client").fromDay(LocalDate.of(2032, 1, 1)).untilDay(LocalDate.of(2032, 12, 31));
        Sanctioned made = results.createSanction("java-delay", delay, null);
        holds("delay".equals(made.getKind()) && made.getFromDay().getYear() == 2032 && made.getFirstYear() == null, made);
        System.out.printf("java: recorded the sanction %s%n", made.getId());

        ProfileApi profiles = new ProfileApi(applicant);
        ApiResponse<ProfileState> known = profiles.getProfileWithHttpInfo(null, null);
        Profile profile = known.getData().getProfile();
        int before = profile.getStudyExemptions().size();
        profile.addStudyExemptionsItem(new StudyExemption().ground("village_work").approver("village_work_office").approverName("Java")
            .approvedOn(LocalDate.of(2023, 3, 1)).years(List.of(2023)));
        String tag = known.getHeaders().get("etag").get(0);
        List<StudyExemption> exemptions = profiles.updateProfile(tag, profile, null).getProfile().getStudyExemptions();
        holds(exemptions.size() == before + 1 && exemptions.get(before).getYears().equals(List.of(2023)), exemptions);
        System.out.printf("java: %d study exemption(s), the last by %s%n", exemptions.size(), exemptions.get(before).getApproverName());
    }

    private Play() {}
}
