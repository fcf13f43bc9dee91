package dev.keyhold.client;

import static dev.keyhold.client.KeyModel.DISABLED;
import static dev.keyhold.client.KeyModel.ENABLED;
import static dev.keyhold.client.KeyModel.PENDING_DELETION;
import static dev.keyhold.client.KeyModel.PENDING_IMPORT;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.keyhold.client.CrashLedger.Data;
import dev.keyhold.client.CrashLedger.Datakey;
import dev.keyhold.client.Http.Answer;
import java.io.UncheckedIOException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/// One caller who makes keys and leads its own through all that may happen to them, at random,
/// until the server is gone or the outage over.
final class CrashLoad implements Callable<CrashLoad.End> {
  private static final Duration BREATH = Duration.ofMillis(20);

  private final Http http;
  private final String grantee;
  private final CrashLedger ledger;
  private final RandomGenerator random;
  private final List<String> keys;
  private final Outage outage;
  private final List<Datakey> own = new ArrayList<>();
  private String current = "";

  /// Why a caller has come to an end.
  enum End {
    SERVER_GONE,
    OUTAGE_OVER
  }

  /// @param grantee the domain that is granted to
  /// @param keys that only this caller changes
  /// @param outage is told of each answer, and tells when it is over
  CrashLoad(
      Http http,
      String grantee,
      CrashLedger ledger,
      RandomGenerator random,
      List<String> keys,
      Outage outage) {
    this.http = http;
    this.grantee = grantee;
    this.ledger = ledger;
    this.random = random;
    this.keys = new ArrayList<>(keys);
    this.outage = outage;
  }

  /// So many callers, who share what is to be shared out of the keys that there are.
  ///
  /// @param https where they call, in turn
  static List<CrashLoad> several(
      int count,
      List<Http> https,
      String grantee,
      CrashLedger ledger,
      SplittableRandom random,
      Outage outage) {
    List<String> keys = List.copyOf(ledger.keys());
    var loads = new ArrayList<CrashLoad>();
    for (int i = 0; i < count; i++) {
      var own = new ArrayList<String>();
      for (int k = i; k < keys.size(); k += count) {
        own.add(keys.get(k));
      }
      Http http = https.get(i % https.size());
      loads.add(new CrashLoad(http, grantee, ledger, random.split(), own, outage));
    }
    return loads;
  }

  @Override
  public End call() {
    try {
      while (!outage.isOver()) {
        try {
          step();
        } catch (Http.NotNow _) {
          keys.remove(current); // whether it has changed is not known
          ServerProcess.pause(BREATH);
        } catch (AssertionError wrong) {
          throw new AssertionError("at " + http.endpoint() + " with " + known(), wrong);
        }
      }
      return End.OUTAGE_OVER;
    } catch (UncheckedIOException _) {
      return End.SERVER_GONE; // that was the crash
    }
  }

  /// What the last call was about.
  private String known() {
    return current.isEmpty() ? "a new key" : "key " + current + ", " + ledger.possible(current);
  }

  /// The answer to a call, when it is a success.
  private Answer acknowledged(Supplier<Answer> call) {
    long began = System.nanoTime();
    Answer answer = call.get();
    outage.answered(answer.status(), System.nanoTime() - began);
    return answer.acknowledged();
  }

  private Answer use(String action, Map<String, ?> body) {
    Answer answer = acknowledged(() -> http.kms(action, body));
    ledger.used(answer);
    return answer;
  }

  private Answer change(String action, Map<String, ?> body) {
    return change(() -> http.kms(action, body));
  }

  private Answer change(Supplier<Answer> call) {
    Answer answer = acknowledged(call);
    ledger.changed(answer);
    return answer;
  }

  private void step() {
    if (keys.isEmpty() || random.nextInt(8) == 0) {
      current = "";
      createKey();
      return;
    }
    String key = keys.get(random.nextInt(keys.size()));
    current = key;
    KeyModel now = ledger.now(key);
    switch (now.state()) {
      case ENABLED -> use(key, now);
      case DISABLED -> {
        if (random.nextInt(3) == 0) {
          scheduleDeletion(key, now);
        } else {
          change("enable-key", Map.of("key_id", key), key, now.in(ENABLED));
        }
      }
      case PENDING_IMPORT -> importMaterial(key, now);
      default ->
          change(
              "cancel-key-deletion",
              Map.of("key_id", key),
              key,
              now.in(DISABLED)); // deletion is scheduled for keys with material only
    }
  }

  private void use(String key, KeyModel now) {
    switch (random.nextInt(18)) {
      case 0 -> change("disable-key", Map.of("key_id", key), key, now.in(DISABLED));
      case 1 -> scheduleDeletion(key, now);
      case 2, 3 -> rotateOrDeleteMaterial(key, now);
      case 4 -> turnRotation(key, now);
      case 5, 6 -> tag(key, now);
      case 7, 8 -> alias(key, now);
      case 9, 10 -> grant(key, now);
      case 11 -> unwrap();
      case 12 -> encrypt(key);
      default -> createDatakey(key, now);
    }
  }

  private void createKey() {
    boolean external = random.nextInt(6) == 0;
    String name = (external ? "x-" : "") + Names.fresh();
    String spec = !external && random.nextInt(4) == 0 ? "SM4" : "AES_256";
    KeyModel fresh = KeyModel.fresh(external ? PENDING_IMPORT : ENABLED);
    ledger.creating(name, fresh);
    Answer answer =
        change(
            "create-key",
            Map.of("key_alias", name, "key_spec", spec, "origin", external ? "external" : "kms"));
    String key = answer.json().at("/key_info/key_id").asText();
    if (external) {
      ledger.material(key);
    }
    ledger.created(name, key, fresh);
    keys.add(key);
  }

  private void change(String action, Map<String, ?> body, String key, KeyModel next) {
    change(action, body, key, next, action);
  }

  private void scheduleDeletion(String key, KeyModel now) {
    int days = random.nextInt(7, 1097);
    change(
        "schedule-key-deletion",
        Map.of("key_id", key, "pending_days", days),
        key,
        now.in(PENDING_DELETION));
  }

  private void rotateOrDeleteMaterial(String key, KeyModel now) {
    Map<String, String> body = Map.of("key_id", key);
    if (ledger.isExternal(key)) {
      change("delete-imported-key-material", body, key, now.in(PENDING_IMPORT));
    } else {
      change("rotate-on-demand", body, key, now.rotated());
    }
  }

  private void turnRotation(String key, KeyModel now) {
    if (ledger.isExternal(key)) {
      return;
    }
    if (now.interval() == 0) {
      change("enable-key-rotation", Map.of("key_id", key), key, now.rotatingEvery(365));
    } else if (random.nextBoolean()) {
      change("disable-key-rotation", Map.of("key_id", key), key, now.rotatingEvery(0));
    } else {
      int days = random.nextInt(30, 366);
      change(
          "update-key-rotation-interval",
          Map.of("key_id", key, "rotation_interval", days),
          key,
          now.rotatingEvery(days));
    }
  }

  private void tag(String key, KeyModel now) {
    String tag = "tag-" + random.nextInt(6);
    if (now.tags().containsKey(tag) && random.nextBoolean()) {
      KeyModel next = now.untagged(tag);
      ledger.changing(key, next);
      change(() -> http.send("DELETE", http.kmsPath(key + "/tags/" + tag), new byte[0]));
      ledger.changed("untag", key, next);
    } else {
      String value = Integer.toString(random.nextInt(1000));
      change(
          key + "/tags",
          Map.of("tag", Map.of("key", tag, "value", value)),
          key,
          now.tagged(tag, value),
          "tag");
    }
  }

  private void change(String action, Map<String, ?> body, String key, KeyModel next, String kind) {
    ledger.changing(key, next);
    change(action, body);
    ledger.changed(kind, key, next);
  }

  private void alias(String key, KeyModel now) {
    if (now.aliases().size() < 2) {
      String alias = Names.fresh();
      change("aliases", Map.of("key_id", key, "alias", alias), key, now.with(alias), "alias");
    } else {
      String alias = now.aliases().first();
      KeyModel next = now.without(alias);
      ledger.changing(key, next);
      byte[] body = Http.json(Map.of("key_id", key, "aliases", List.of(alias))).getBytes(UTF_8);
      change(() -> http.send("DELETE", http.kmsPath("aliases"), body));
      ledger.changed("unalias", key, next);
    }
  }

  private void grant(String key, KeyModel now) {
    if (now.grants().size() < 2) {
      String name = "g-" + HexFormat.of().toHexDigits(random.nextLong());
      change(
          "create-grant",
          Map.of(
              "key_id",
              key,
              "name",
              name,
              "grantee_principal",
              grantee,
              "grantee_principal_type",
              "domain",
              "operations",
              List.of("describe-key", "decrypt-datakey")),
          key,
          now.granting(name));
    } else {
      String name = now.grants().first();
      String action = random.nextBoolean() ? "revoke-grant" : "retire-grant";
      change(
          action,
          Map.of("key_id", key, "grant_id", grantId(key, name)),
          key,
          now.notGranting(name));
    }
  }

  private String grantId(String key, String name) {
    for (var grant : use("list-grants", Map.of("key_id", key)).json().path("grants")) {
      if (grant.path("name").asText().equals(name)) {
        return grant.path("grant_id").asText();
      }
    }
    throw new AssertionError("grant " + name + " of key " + key + " is not listed");
  }

  private void importMaterial(String key, KeyModel now) {
    KeyModel next = now.in(ENABLED);
    ledger.changing(key, next);
    byte[] material = ledger.material(key);
    change(() -> imported(http, key, material));
    ledger.changed("import", key, next);
  }

  /// The first material of a key, or the same once more.
  static Answer imported(Http http, String key, byte[] material) {
    try {
      return Importer.importAgain(http, key, material);
    } catch (GeneralSecurityException impossible) {
      throw new AssertionError(impossible);
    }
  }

  private void createDatakey(String key, KeyModel now) {
    int bits = 8 * random.nextInt(1, 129);
    Answer answer = use("create-datakey", Map.of("key_id", key, "datakey_length", bits));
    var made = new Datakey(key, answer.text("cipher_text"), answer.text("plain_text"));
    int version = versionOf(made);
    if (version != now.rotations()) {
      throw new AssertionError(
          "wrapped under version " + version + " after " + now.rotations() + " rotations");
    }
    ledger.created(made);
    own.add(made);
  }

  /// The container ends in the version, LE32, and 32 bytes of checksum.
  static int versionOf(Datakey made) {
    byte[] container = HexFormat.of().parseHex(made.cipherText());
    int at = container.length - 36;
    return (container[at] & 0xff) | (container[at + 1] & 0xff) << 8;
  }

  private void unwrap() {
    if (own.isEmpty()) {
      return;
    }
    Datakey datakey = own.get(random.nextInt(own.size()));
    current = datakey.keyId();
    if (keys.contains(current) && ledger.now(current).state().equals(ENABLED)) { // without a doubt
      Answer opened = acknowledged(() -> CrashTest.open(http, datakey));
      ledger.used(opened);
      CrashTest.opens(datakey, opened);
      ledger.acknowledge("unwrap");
    }
  }

  private void encrypt(String key) {
    String text = "text " + random.nextLong();
    Answer answer = use("encrypt-data", Map.of("key_id", key, "plain_text", text));
    ledger.created(new Data(key, answer.text("cipher_text"), text));
  }
}
