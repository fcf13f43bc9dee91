package dev.keyhold.http;

import static dev.keyhold.http.Access.OPEN;
import static dev.keyhold.http.Access.PRINCIPAL;
import static dev.keyhold.http.Endpoints.telling;
import static dev.keyhold.http.Route.delete;
import static dev.keyhold.http.Route.get;
import static dev.keyhold.http.Route.post;
import static dev.keyhold.http.Routes.PATIENT;
import static dev.keyhold.http.Routes.QUICK;
import static dev.keyhold.http.Routes.SMALL;
import static dev.keyhold.http.RunsOn.VIRTUAL_THREAD;

import dev.keyhold.operation.Identity;
import dev.keyhold.operation.PasswordChange;
import dev.keyhold.operation.PermanentAccessKeys;
import dev.keyhold.operation.Projects;
import dev.keyhold.operation.TokenRequest;
import dev.keyhold.operation.TokenResponse;
import java.util.List;

/// The rows of the identity API.
final class IdentityRoutes {
  private static final String SUBJECT_TOKEN = "X-Subject-Token";

  private IdentityRoutes() {}

  static List<Route> identity(Routes.Iam iam) {
    Identity identity = iam.identity();
    Projects projects = iam.projects();
    var tokenRequest = Json.reader(TokenRequest.class);
    return List.of(
        post(
            "/v3/auth/tokens",
            OPEN,
            SMALL,
            PATIENT,
            VIRTUAL_THREAD,
            telling(
                Contract.answering(TokenResponse.class, 201)
                    .takingBody(TokenRequest.class)
                    .withQuery("nocatalog")
                    .withAnswerHeaders(SUBJECT_TOKEN),
                call -> {
                  try (TokenRequest request = call.json(tokenRequest)) {
                    return token(
                        201,
                        identity.issue(
                            request, call.query("nocatalog"), call.head().remoteAddress()));
                  }
                })),
        get(
            "/v3/auth/tokens",
            PRINCIPAL,
            QUICK,
            VIRTUAL_THREAD,
            telling(
                Contract.answering(TokenResponse.class, 200)
                    .withQuery("nocatalog")
                    .withHeaders(SUBJECT_TOKEN)
                    .withAnswerHeaders(SUBJECT_TOKEN),
                call ->
                    token(
                        200,
                        identity.show(
                            call.principal(),
                            call.head().header("x-subject-token"),
                            call.query("nocatalog"))))),
        get(
            "/v3/projects",
            PRINCIPAL,
            QUICK,
            VIRTUAL_THREAD,
            telling(
                Contract.answering(Projects.ProjectsResponse.class, 200)
                    .takingParts(Projects.Query.class),
                call -> Answer.ok(projects.list(call.principal(), projectQuery(call))))),
        get(
            "/v3/auth/projects",
            PRINCIPAL,
            QUICK,
            VIRTUAL_THREAD,
            telling(
                Contract.answering(Projects.ProjectsResponse.class, 200),
                call -> Answer.ok(projects.own(call.principal())))),
        get(
            "/v3/auth/domains",
            PRINCIPAL,
            QUICK,
            VIRTUAL_THREAD,
            telling(
                Contract.answering(Projects.DomainsResponse.class, 200),
                call -> Answer.ok(projects.domains(call.principal())))));
  }

  /// What users change about how they log in and sign.
  static List<Route> credentials(Routes.Iam iam) {
    PermanentAccessKeys keys = iam.accessKeys();
    String all = "/v3.0/OS-CREDENTIAL/credentials";
    String one = all + "/{access_key}";
    var change = Json.reader(PasswordChange.Request.class);
    var create = Json.reader(PermanentAccessKeys.CreateRequest.class);
    var update = Json.reader(PermanentAccessKeys.UpdateRequest.class);
    return List.of(
        post(
            "/v3/users/{user_id}/password",
            PRINCIPAL,
            SMALL,
            PATIENT,
            VIRTUAL_THREAD,
            telling(
                Contract.answeringNothing(204).takingBody(PasswordChange.Request.class),
                call -> {
                  try (PasswordChange.Request request = call.json(change)) {
                    iam.passwordChange()
                        .change(
                            call.principal(),
                            call.path("user_id"),
                            request,
                            call.head().remoteAddress());
                    return Answer.empty(204);
                  }
                })),
        post(
            all,
            PRINCIPAL,
            SMALL,
            PATIENT,
            VIRTUAL_THREAD,
            telling(
                Contract.answering(PermanentAccessKeys.Created.class, 201)
                    .takingBody(PermanentAccessKeys.CreateRequest.class),
                call -> Answer.json(201, keys.create(call.principal(), call.json(create))))),
        get(
            all,
            PRINCIPAL,
            QUICK,
            VIRTUAL_THREAD,
            telling(
                Contract.answering(PermanentAccessKeys.Listed.class, 200).withQuery("user_id"),
                call -> Answer.ok(keys.list(call.principal(), call.query("user_id"))))),
        get(
            one,
            PRINCIPAL,
            QUICK,
            VIRTUAL_THREAD,
            telling(
                Contract.answering(PermanentAccessKeys.One.class, 200),
                call -> Answer.ok(keys.show(call.principal(), call.path("access_key"))))),
        post(
                one,
                PRINCIPAL,
                SMALL,
                PATIENT,
                VIRTUAL_THREAD,
                telling(
                    Contract.answering(PermanentAccessKeys.One.class, 200)
                        .takingBody(PermanentAccessKeys.UpdateRequest.class),
                    call ->
                        Answer.ok(
                            keys.update(
                                call.principal(), call.path("access_key"), call.json(update)))))
            .withMethod("PUT"),
        delete(
            one,
            PRINCIPAL,
            SMALL,
            PATIENT,
            VIRTUAL_THREAD,
            telling(
                Contract.answeringNothing(204),
                call -> {
                  keys.delete(call.principal(), call.path("access_key"));
                  return Answer.empty(204);
                })));
  }

  private static Projects.Query projectQuery(Exchange call) {
    return new Projects.Query(
        call.query("name"),
        call.query("domain_id"),
        call.query("parent_id"),
        call.query("enabled"),
        call.query("is_domain"),
        call.query("page"),
        call.query("per_page"));
  }

  private static Answer token(int status, Identity.SubjectToken token) {
    return Answer.json(status, token.body()).header(SUBJECT_TOKEN, token.subjectToken());
  }
}
