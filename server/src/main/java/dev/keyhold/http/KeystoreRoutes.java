package dev.keyhold.http;

import static dev.keyhold.http.Access.CALLER;
import static dev.keyhold.http.Endpoints.json;
import static dev.keyhold.http.Endpoints.reading;
import static dev.keyhold.http.Route.delete;
import static dev.keyhold.http.Route.get;
import static dev.keyhold.http.Route.post;
import static dev.keyhold.http.Routes.PATIENT;
import static dev.keyhold.http.Routes.SMALL;
import static dev.keyhold.http.RunsOn.VIRTUAL_THREAD;

import dev.keyhold.operation.DedicatedKeystores;
import dev.keyhold.operation.DedicatedKeystores.KeystoreRequest;
import java.util.List;

/// The rows of dedicated keystores.
final class KeystoreRoutes {
  private KeystoreRoutes() {}

  static List<Route> keystores(DedicatedKeystores keystores) {
    String all = "/v1.0/{project_id}/keystores";
    String one = all + "/{keystore_id}";
    return List.of(
        post(
            all,
            CALLER,
            SMALL,
            PATIENT,
            VIRTUAL_THREAD,
            json(DedicatedKeystores.CreateRequest.class, keystores::create)),
        get(
            all,
            CALLER,
            PATIENT,
            VIRTUAL_THREAD,
            reading(
                200,
                DedicatedKeystores.ListRequest.class,
                call ->
                    new DedicatedKeystores.ListRequest(call.query("limit"), call.query("offset")),
                keystores::list)),
        get(
            one,
            CALLER,
            PATIENT,
            VIRTUAL_THREAD,
            reading(200, KeystoreRequest.class, KeystoreRoutes::keystore, keystores::show)),
        delete(
            one,
            CALLER,
            SMALL,
            PATIENT,
            VIRTUAL_THREAD,
            reading(200, KeystoreRequest.class, KeystoreRoutes::keystore, keystores::delete)),
        post(
            one + "/enable",
            CALLER,
            SMALL,
            PATIENT,
            VIRTUAL_THREAD,
            reading(200, KeystoreRequest.class, KeystoreRoutes::keystore, keystores::enable)),
        post(
            one + "/disable",
            CALLER,
            SMALL,
            PATIENT,
            VIRTUAL_THREAD,
            reading(200, KeystoreRequest.class, KeystoreRoutes::keystore, keystores::disable)));
  }

  private static KeystoreRequest keystore(Exchange call) {
    return new KeystoreRequest(call.path("keystore_id"));
  }
}
