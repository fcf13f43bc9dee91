package dev.keyhold.openapi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.openapi.Described.Operation;
import dev.keyhold.seal.SoftHsm;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Holds a running server to its own description: every operation is called with requests of the
/// declared shape and with spoilt ones, and every answer is checked. Another seed:
/// `-Dopenapi.seed=N`.
class ConformanceTest {
  private static final int ROUNDS = 2;

  /// Without end, but for an operation that can't succeed at all: chance must not fail this test.
  private static final int MORE_ROUNDS = 500;

  private static final int SOUND_A_ROUND = 8;
  private static final String JSON = "application/json";
  private static final Bytes NOTHING = Bytes.owning(new byte[0]);

  /// Operations that generated requests can't bring to succeed, each with the reason.
  private static final Map<String, String> MAY_NEVER_SUCCEED =
      Map.of(
          "deleteKeyIdTagsAction", "is for a tag called action",
          "importKeyMaterial", "takes material wrapped under a key of an earlier answer",
          "deleteImportedKeyMaterial", "is for keys with such material",
          "keysKeyIdReplicate", "takes a server in another region",
          "keysKeyIdUpdatePrimaryRegion", "is for keys with replicas");

  /// Slow to make, so each is made once.
  private static final Set<String> SLOW_SPECS = Set.of("RSA_3072", "RSA_4096");

  @TempDir Path folder;

  private final long seed = Long.getLong("openapi.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final JsonMapper json = new JsonMapper();
  private final Memory memory = new Memory();

  /// Made again in each further round: what they make is soon ended by others.
  private static final Set<String> MAKES_WHAT_OTHERS_END =
      Set.of(
          "createDatakey",
          "encryptData",
          "sign",
          "generateMac",
          "createGrant",
          "postAliases",
          "postKeyIdTags",
          "postKeystores");

  private final Map<String, Integer> successes = new TreeMap<>();
  private final Map<String, Set<String>> refusals = new HashMap<>();
  private final Set<String> faults = new TreeSet<>();
  private Described described;
  private Requests requests;
  private Api api;
  private String token;

  @Test
  void everyAnswerIsAsDescribed() throws Exception {
    System.out.println("ConformanceTest: -Dopenapi.seed=" + seed);
    try (var server = new DevServer(folder);
        var client = new Api(server.port())) {
      api = client;
      described =
          new Described(
              json.readTree(
                  api.send(new Api.Call("GET", "/openapi.json", NOTHING, List.of())).body()));
      requests = new Requests(described, memory, random, server.tenant());
      token = login();
      List<Operation> operations = new ArrayList<>(described.operations());
      // What others need comes first, what ends keys last.
      operations.removeIf(ConformanceTest::endsItsCaller);
      operations.sort(Comparator.comparingInt(ConformanceTest::rank));
      for (int round = 0; round < ROUNDS; round++) {
        makeKeys(operations, round > 0);
        for (Operation operation : operations) {
          for (int i = 0; i < SOUND_A_ROUND; i++) {
            callSoundly(operation);
          }
        }
      }
      requests.beCareful();
      for (int more = 0; more < MORE_ROUNDS && !neverDone(operations).isEmpty(); more++) {
        makeKeys(operations, true);
        for (Operation operation : operations) {
          if (MAKES_WHAT_OTHERS_END.contains(operation.id())) {
            callSoundly(operation);
            callSoundly(operation);
          }
        }
        for (Operation operation : neverDone(operations)) {
          for (int i = 0; i < SOUND_A_ROUND; i++) {
            callSoundly(operation);
          }
        }
      }
      assertThat(neverDone(operations).stream().map(it -> it + ": " + refusals.get(it.id())))
          .as("never succeeded, seed " + seed)
          .isEmpty();
      for (Operation operation : operations) {
        callWrongly(operation);
      }
      assertThat(faults).as("seed " + seed).isEmpty();
    }
  }

  /// Would lock the caller out or end their token half way: CredentialsTest has these.
  private static boolean endsItsCaller(Operation operation) {
    return operation.path().endsWith("/password")
        || (operation.path().contains("/OS-CREDENTIAL/") && !operation.method().equals("GET"));
  }

  private static int rank(Operation operation) {
    return switch (operation.id()) {
      case "createKey" -> 0;
      case "disableKeyRotation" -> 2;
      case "disableKey", "scheduleKeyDeletion" -> 3;
      case "cancelKeyDeletion" -> 4;
      case "enableKey" -> 5;
      default -> operation.method().equals("DELETE") ? 2 : 1;
    };
  }

  private List<Operation> neverDone(List<Operation> operations) {
    return operations.stream()
        .filter(operation -> !successes.containsKey(operation.id()))
        .filter(operation -> SoftHsm.isInstalled() || !operation.path().contains("/keystores"))
        .filter(operation -> !MAY_NEVER_SUCCEED.containsKey(operation.id()))
        .toList();
  }

  private String login() throws Exception {
    Operation issue =
        described.operations().stream()
            .filter(it -> it.path().equals("/v3/auth/tokens") && it.method().equals("POST"))
            .findFirst()
            .orElseThrow();
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    var tenant = requests.tenant();
    body.withObject("/auth/identity").putArray("methods").add("password");
    body.withObject("/auth/identity/password/user")
        .put("name", tenant.userName())
        .put("password", tenant.password())
        .putObject("domain")
        .put("name", tenant.domainName());
    body.withObject("/auth/scope/project").put("id", tenant.projectId());
    var answer = check(issue, call(issue, Map.of(), bytes(body), JSON), body);
    return answer.headers().firstValue("X-Subject-Token").orElseThrow();
  }

  /// One of each spec, some to agree on secrets, and some to import material into.
  private void makeKeys(List<Operation> operations, boolean again) throws Exception {
    Operation create =
        operations.stream().filter(it -> it.id().equals("createKey")).findFirst().orElseThrow();
    JsonNode specs =
        described.resolve(create.bodySchema().orElseThrow()).at("/properties/key_spec/enum");
    for (JsonNode spec : specs) {
      if (!again || !SLOW_SPECS.contains(spec.stringValue())) {
        makeKey(create, spec.stringValue(), Optional.empty(), "kms");
      }
    }
    makeKey(create, "EC_P256", Optional.of("KEY_AGREEMENT"), "kms");
    makeKey(create, "EC_P256", Optional.of("KEY_AGREEMENT"), "kms");
    makeKey(create, "AES_256", Optional.empty(), "external");
    makeKey(create, "AES_256", Optional.empty(), "external");
  }

  private void makeKey(Operation create, String spec, Optional<String> usage, String origin)
      throws Exception {
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    body.put("key_alias", "k" + Long.toUnsignedString(random.nextLong(), 36));
    body.put("key_spec", spec).put("origin", origin);
    usage.ifPresent(given -> body.put("key_usage", given));
    check(create, call(create, requests.parameters(create), bytes(body), JSON), body);
  }

  private void callSoundly(Operation operation) throws Exception {
    if (operation.bodySchema().isEmpty()) {
      var parameters = requests.parameters(operation);
      check(operation, call(operation, parameters, NOTHING, ""), null, parameters);
      return;
    }
    ObjectNode body = soundBody(operation);
    var parameters = requests.parameters(operation);
    check(operation, call(operation, parameters, bytes(body), JSON), body, parameters);
  }

  private ObjectNode soundBody(Operation operation) {
    ObjectNode body = requests.body(operation);
    if (SLOW_SPECS.contains(body.path("key_spec").asString(""))) {
      body.put("key_spec", "RSA_2048");
    }
    return body;
  }

  private void callWrongly(Operation operation) throws Exception {
    for (JsonNode parameter : operation.parameters()) {
      if (!parameter.get("in").stringValue().equals("header")) {
        for (String odd : Mutations.ODD_TEXTS) {
          var odds = requests.parameters(operation);
          odds.put(parameter.get("name").stringValue(), odd);
          if (!odd.isEmpty() || parameter.get("in").stringValue().equals("query")) {
            check(operation, call(operation, odds, NOTHING, ""), null);
          }
        }
      }
    }
    if (operation.bodySchema().isEmpty()) {
      return;
    }
    ObjectNode sound = soundBody(operation);
    for (ObjectNode spoilt : Mutations.of(sound)) {
      var answer =
          check(
              operation,
              call(operation, requests.parameters(operation), bytes(spoilt), JSON),
              spoilt);
      var wrong = described.faults(operation, cleaned(operation, spoilt));
      if (!wrong.isEmpty() && answer.statusCode() < 400) {
        faults.add(operation + " took " + shortened(spoilt) + " in spite of " + wrong);
      }
    }
    for (Bytes unsound : Mutations.unsound(sound)) {
      var answer =
          check(operation, call(operation, requests.parameters(operation), unsound, JSON), null);
      if (answer.statusCode() < 400) {
        faults.add(operation + " took a body that is no sound JSON object");
      }
    }
    check(
        operation,
        call(operation, requests.parameters(operation), bytes(sound), "text/plain"),
        null);
  }

  /// Without what the description says to be the same as absent.
  private JsonNode cleaned(Operation operation, ObjectNode body) {
    JsonNode schema = described.resolve(operation.bodySchema().orElseThrow());
    Set<String> required = new HashSet<>();
    schema.path("required").forEach(name -> required.add(name.stringValue()));
    ObjectNode copy = body.deepCopy();
    body.properties()
        .forEach(member -> {
          boolean empty = member.getValue().asString("x").isEmpty();
          if (empty && !required.contains(member.getKey())) {
            copy.remove(member.getKey());
          }
        });
    removeNulls(copy);
    return copy;
  }

  private static void removeNulls(JsonNode node) {
    if (node instanceof ObjectNode object) {
      object.removeIf(JsonNode::isNull);
    }
    node.forEach(ConformanceTest::removeNulls);
  }

  private Api.Call call(
      Operation operation, Map<String, String> values, Bytes body, String contentType) {
    String target = operation.path();
    var query = new ArrayList<String>();
    var headers = new ArrayList<String>();
    if (isForCallers(operation)) {
      headers.addAll(List.of("X-Auth-Token", token));
    }
    if (!contentType.isEmpty()) {
      headers.addAll(List.of("Content-Type", contentType));
    }
    for (JsonNode parameter : operation.parameters()) {
      String name = parameter.get("name").stringValue();
      switch (parameter.get("in").stringValue()) {
        case "path" -> target = target.replace("{" + name + "}", encoded(values.get(name)));
        case "query" -> {
          if (values.containsKey(name)) {
            query.add(name + "=" + encoded(values.get(name)));
          }
        }
        default -> headers.addAll(List.of(name, token));
      }
    }
    String whole = query.isEmpty() ? target : target + "?" + String.join("&", query);
    return new Api.Call(operation.method(), whole, body, headers);
  }

  private HttpResponse<String> check(Operation operation, Api.Call call, JsonNode sent)
      throws Exception {
    return check(operation, call, sent, Map.of());
  }

  private HttpResponse<String> check(
      Operation operation, Api.Call call, JsonNode sent, Map<String, String> parameters)
      throws Exception {
    var answer = api.sendPatiently(call);
    int status = answer.statusCode();
    String what = operation + " with " + (sent == null ? call.target() : shortened(sent));
    if (status >= 500) {
      faults.add(what + " was answered with " + status + " " + answer.body());
    }
    if (!answer.headers().firstValue("X-Request-Id").orElse("").matches("[0-9a-f]{32}")) {
      faults.add(what + " has no X-Request-Id");
    }
    var declared = described.response(operation, status);
    if (declared.isEmpty()) {
      faults.add(what + " was answered with " + status + ", which is not declared");
      return answer;
    }
    JsonNode schema = declared.get().at("/content/application~1json/schema");
    if (schema.isMissingNode() || operation.method().equals("HEAD")) {
      if (!answer.body().isEmpty()) {
        faults.add(what + " has a body with " + status + ", which is not declared");
      }
    } else {
      checkBody(operation, what, answer, schema);
    }
    for (String header : declared.get().path("headers").propertyNames()) {
      if (answer.headers().firstValue(header).isEmpty()) {
        faults.add(what + " lacks the header " + header);
      }
    }
    if (status < 300) {
      successes.merge(operation.id(), 1, Integer::sum);
      if (isForCallers(operation)) { // the description itself has every member, none with a value
        memory.add(operation.id(), parameters, orNothing(sent), read(answer.body()));
      }
    } else {
      refusals.computeIfAbsent(operation.id(), _ -> new TreeSet<>()).add(answer.body());
    }
    return answer;
  }

  private void checkBody(
      Operation operation, String what, HttpResponse<String> answer, JsonNode schema) {
    String type = answer.headers().firstValue("Content-Type").orElse("");
    if (!type.equals(JSON)) {
      faults.add(what + " is answered as '" + type + "'");
      return;
    }
    JsonNode body = json.readTree(answer.body());
    for (String fault : described.faults(operation, answer.statusCode(), schema, body)) {
      faults.add(operation + " " + answer.statusCode() + ": " + fault);
    }
  }

  private static boolean isForCallers(Operation operation) {
    return !operation.node().get("security").isEmpty();
  }

  private JsonNode read(String body) {
    return body.isEmpty() ? JsonNodeFactory.instance.objectNode() : json.readTree(body);
  }

  private static JsonNode orNothing(JsonNode sent) {
    return sent == null ? JsonNodeFactory.instance.objectNode() : sent;
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private static Bytes bytes(JsonNode body) {
    return Bytes.owning(body.toString().getBytes(StandardCharsets.UTF_8));
  }

  private static String shortened(JsonNode body) {
    String text = body.toString();
    return text.length() > 400 ? text.substring(0, 400) + "..." : text;
  }
}
