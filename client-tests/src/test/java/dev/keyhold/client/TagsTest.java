package dev.keyhold.client;

import static dev.keyhold.client.Refusal.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.huaweicloud.sdk.kms.v2.model.BatchCreateKmsTagsRequest;
import com.huaweicloud.sdk.kms.v2.model.BatchCreateKmsTagsRequestBody;
import com.huaweicloud.sdk.kms.v2.model.CreateKmsTagRequest;
import com.huaweicloud.sdk.kms.v2.model.CreateKmsTagRequestBody;
import com.huaweicloud.sdk.kms.v2.model.DeleteTagRequest;
import com.huaweicloud.sdk.kms.v2.model.ListKmsByTagsRequest;
import com.huaweicloud.sdk.kms.v2.model.ListKmsByTagsRequestBody;
import com.huaweicloud.sdk.kms.v2.model.ListKmsByTagsResponse;
import com.huaweicloud.sdk.kms.v2.model.ListKmsTagsRequest;
import com.huaweicloud.sdk.kms.v2.model.ShowKmsTagsRequest;
import com.huaweicloud.sdk.kms.v2.model.Tag;
import com.huaweicloud.sdk.kms.v2.model.TagItem;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class TagsTest {
  private final Kms kms = SharedServer.kms();
  private final Http http = SharedServer.http();

  @Test
  void addedTagIsShown() {
    String key = kms.newKey();
    put(key, "env", "prod");
    put(key, "空 格", "é + 'x'");

    var shown = kms.client().showKmsTags(new ShowKmsTagsRequest().withKeyId(key));

    assertThat(shown.getExistTagsNum()).isEqualTo(2);
    assertThat(shown.getTags())
        .extracting(TagItem::getKey, TagItem::getValue)
        .containsExactly(tuple("env", "prod"), tuple("空 格", "é + 'x'"));
  }

  @Test
  void anEqualKeyReplacesTheValue() {
    String key = kms.newKey();
    put(key, "env", "prod");
    put(key, "env", "");
    assertThat(tags(key)).containsExactly("env=");
  }

  @Test
  void tagIsTakenAway() {
    String key = kms.newKey();
    put(key, "a", "1");
    put(key, "action", "2");

    delete(key, "a");
    assertThat(tags(key)).containsExactly("action=2");
    delete(key, "action");
    assertThat(tags(key)).isEmpty();
    refused(404, "KMS.0416", () -> delete(key, "a"));
  }

  /// A path can't spell them.
  @Test
  void anyTagIsTakenAwayInABatch() {
    String key = kms.newKey();
    for (String name : List.of(".", "..", "a/b", "a;b", "a\u007fb", "a\u0085b")) {
      put(key, name, "1");
      assertThat(tags(key)).containsExactly(name + "=1");
      batch(key, "delete", List.of(item(name, null)));
      assertThat(tags(key)).isEmpty();
    }
    for (String name : List.of("%2E", "..", "a%2Fb", "a%7Fb", "a%C2%85b")) {
      var answer = http.send("DELETE", http.kmsPath(key + "/tags/" + name), new byte[0]);
      assertThat(answer.code()).describedAs(name).isEqualTo("APIGW.0201");
    }
    var escaped = http.send("DELETE", http.kmsPath(key + "/tags/a%3Bb"), new byte[0]);
    assertThat(escaped.code()).isEqualTo("KMS.0416"); // understood, and not there
  }

  @Test
  void batchAddsAndTakesAway() {
    String key = kms.newKey();
    batch(key, "create", List.of(item("a", "1"), item("b", "2"), item("c", "3")));
    assertThat(tags(key)).containsExactly("a=1", "b=2", "c=3");
    batch(
        key,
        "delete",
        List.of(item("a", "x".repeat(44)), item("c", null), item("unknown", "<"))); // of no account
    assertThat(tags(key)).containsExactly("b=2");
  }

  @Test
  void batchIsCheckedBeforeAnythingIsDone() {
    String key = kms.newKey();
    refused("KMS.0404", () -> batch(key, "replace", List.of(item("a", "1"))));
    refused("KMS.0401", () -> batch(key, "create", List.of()));
    refused("KMS.0412", () -> batch(key, "create", List.of(item("a", "1"), item("a", "2"))));
    refused("KMS.0406", () -> batch(key, "create", List.of(item("a", "1"), item("b=", "2"))));
    refused("KMS.0407", () -> batch(key, "create", many("t", 21)));
    assertThat(tags(key)).isEmpty();
  }

  @Test
  void aKeyHasAtMost20Tags() {
    String key = kms.newKey();
    batch(key, "create", many("t", 20));
    refused("KMS.0409", () -> put(key, "one-more", ""));
    refused("KMS.0409", () -> batch(key, "create", many("u", 2)));
    put(key, "t1", "replaced");
    assertThat(tags(key)).hasSize(20);
  }

  @Test
  void formsOfTagsAreChecked() {
    String key = kms.newKey();
    refused("KMS.0411", () -> put(key, "", "v"));
    refused("KMS.0411", () -> put(key, "密".repeat(37), "v"));
    refused("KMS.0410", () -> put(key, "k", "v".repeat(44)));
    for (String bad : List.of("*", "<", ">", "\\", "=", "\n", "\u001f")) {
      refused("KMS.0406", () -> put(key, "k" + bad, "v"));
      refused("KMS.0405", () -> put(key, "k", "v" + bad));
    }
    put(key, "密".repeat(36), "v".repeat(43));
    refused("KMS.0204", () -> put(key, null, "v"));
  }

  @Test
  void onlyTheOwnersKeysHaveTags() {
    Kms other = SharedServer.otherKms();
    String key = kms.newKey();
    put(key, "a", "1");
    refused(
        404, "KMS.0207", () -> other.client().showKmsTags(new ShowKmsTagsRequest().withKeyId(key)));
    refused(404, "KMS.0207", () -> put(Names.UNKNOWN_KEY, "a", "1"));
    refused(404, "KMS.0207", () -> delete(Names.UNKNOWN_KEY, "a"));
    refused("KMS.0205", () -> put("x", "a", "1"));
    refused("KMS.0211", () -> put(kms.describe("alias/sfs/default").getKeyId(), "a", "1"));
  }

  @Test
  void allTagsOfTheProjectAreListedWithTheirValues() {
    String name = Names.fresh().substring(0, 30);
    put(kms.newKey(), name, "1");
    put(kms.newKey(), name, "2");
    put(kms.newKey(), name, "1");

    var listed = kms.client().listKmsTags(new ListKmsTagsRequest()).getTags();

    assertThat(listed)
        .filteredOn(tag -> tag.getKey().equals(name))
        .singleElement()
        .satisfies(tag -> assertThat(tag.getValues()).containsExactly("1", "2"));
  }

  @Test
  void keysAreFoundByAllTheirTags() {
    String env = Names.fresh().substring(0, 30);
    String both = kms.newKey();
    String one = kms.newKey();
    put(both, env, "prod");
    put(both, env + "-app", "x");
    put(one, env, "test");

    assertThat(found(tag(env))).containsExactly(both, one);
    assertThat(found(tag(env, "prod", "test"))).containsExactly(both, one);
    assertThat(found(tag(env, "test"))).containsExactly(one);
    assertThat(found(tag(env, "prod"), tag(env + "-app"))).containsExactly(both);
    assertThat(found(tag(env, "test"), tag(env + "-app"))).isEmpty();

    var resource = search(filter(tag(env, "prod"))).getResources().getFirst();
    assertThat(resource.getResourceId()).isEqualTo(both);
    assertThat(resource.getResourceName()).isEqualTo(kms.describe(both).getKeyAlias());
    assertThat(resource.getResourceDetail().getKeyId()).isEqualTo(both);
    assertThat(resource.getTags()).hasSize(2);
  }

  @Test
  void searchComesInPagesAndCounts() {
    String env = Names.fresh().substring(0, 30);
    var keys = new ArrayList<String>();
    for (int i = 0; i < 3; i++) {
      keys.add(kms.newKey());
      put(keys.get(i), env, "x");
    }
    var page = search(filter(tag(env)).withLimit("2").withOffset("1"));
    assertThat(page.getResources())
        .extracting(resource -> resource.getResourceId())
        .containsExactly(keys.get(1), keys.get(2));
    assertThat(page.getTotalCount()).isEqualTo(3);

    var count = search(filter(tag(env)).withAction("count"));
    assertThat(count.getTotalCount()).isEqualTo(3);
    assertThat(count.getResources()).isNull();
  }

  @Test
  void namesAreMatched() {
    String key = kms.newKey();
    String name = kms.describe(key).getKeyAlias();
    var match = filter().withMatches(List.of(item("resource_name", name.substring(3))));
    assertThat(search(match).getResources())
        .extracting(resource -> resource.getResourceId())
        .containsExactly(key);
    assertThat(search(filter().withMatches(List.of(item("resource_name", "%")))).getTotalCount())
        .isZero();
  }

  @Test
  void searchesAreChecked() {
    refused("KMS.0404", () -> search(filter().withAction("find")));
    refused("KMS.1601", () -> search(filter().withLimit("0")));
    refused("KMS.1601", () -> search(filter().withLimit("1001")));
    refused("KMS.0417", () -> search(filter().withOffset("-1")));
    refused("KMS.0418", () -> search(filter().withAction("count").withOffset("0")));
    refused("KMS.0418", () -> search(filter().withAction("count").withLimit("1")));
    assertThat(search(filter().withAction("count").withLimit("").withOffset("")).getTotalCount())
        .as("empty members are absent")
        .isNotNegative();
    refused("KMS.0411", () -> search(filter(tag(""))));
    refused("KMS.0406", () -> search(filter(tag("<"))));
    refused("KMS.0410", () -> search(filter(tag("a", "v".repeat(44)))));
    refused("KMS.0405", () -> search(filter(tag("a", "*"))));
    refused("KMS.0414", () -> search(filter(tag("a"), tag("a"))));
    refused("KMS.0407", () -> search(filter(manyWanted(21))));
    refused(
        "KMS.0413",
        () ->
            search(
                filter(
                    tag(
                        "a",
                        IntStream.range(0, 11).mapToObj(n -> "" + n).toArray(String[]::new)))));
    refused("KMS.0403", () -> search(filter().withMatches(List.of(item("name", "x")))));
    refused("KMS.0402", () -> search(filter().withMatches(List.of(item("resource_name", "")))));
    refused(
        "KMS.0402",
        () -> search(filter().withMatches(List.of(item("resource_name", "x".repeat(256))))));
    refused(
        "KMS.0415",
        () ->
            search(
                filter()
                    .withMatches(List.of(item("resource_name", "x"), item("resource_name", "y")))));
    assertThat(http.kms("resource_instances/action", Map.of()).code()).isEqualTo("KMS.0204");
    assertThat(http.kms("servers/action", Map.of("action", "count")).code()).isEqualTo("KMS.0408");
  }

  private List<String> tags(String key) {
    return kms.client().showKmsTags(new ShowKmsTagsRequest().withKeyId(key)).getTags().stream()
        .map(tag -> tag.getKey() + "=" + tag.getValue())
        .toList();
  }

  private void put(String keyId, String key, String value) {
    int status =
        kms.client()
            .createKmsTag(
                new CreateKmsTagRequest()
                    .withKeyId(keyId)
                    .withBody(new CreateKmsTagRequestBody().withTag(item(key, value))))
            .getHttpStatusCode();
    assertThat(status).isEqualTo(204);
  }

  private void batch(String keyId, String action, List<TagItem> tags) {
    int status =
        kms.client()
            .batchCreateKmsTags(
                new BatchCreateKmsTagsRequest()
                    .withKeyId(keyId)
                    .withBody(
                        new BatchCreateKmsTagsRequestBody().withAction(action).withTags(tags)))
            .getHttpStatusCode();
    assertThat(status).isEqualTo(204);
  }

  private void delete(String keyId, String key) {
    int status =
        kms.client()
            .deleteTag(new DeleteTagRequest().withKeyId(keyId).withKey(key))
            .getHttpStatusCode();
    assertThat(status).isEqualTo(204);
  }

  private List<String> found(Tag... tags) {
    return search(filter(tags)).getResources().stream()
        .map(resource -> resource.getResourceId())
        .toList();
  }

  private ListKmsByTagsResponse search(ListKmsByTagsRequestBody body) {
    return kms.client()
        .listKmsByTags(
            new ListKmsByTagsRequest().withResourceInstances("resource_instances").withBody(body));
  }

  private static ListKmsByTagsRequestBody filter(Tag... tags) {
    var body = new ListKmsByTagsRequestBody().withAction("filter");
    return tags.length == 0 ? body : body.withTags(List.of(tags));
  }

  private static Tag tag(String key, String... values) {
    return new Tag().withKey(key).withValues(List.of(values));
  }

  private static TagItem item(String key, String value) {
    return new TagItem().withKey(key).withValue(value);
  }

  private static List<TagItem> many(String prefix, int count) {
    return IntStream.rangeClosed(1, count).mapToObj(i -> item(prefix + i, "")).toList();
  }

  private static Tag[] manyWanted(int count) {
    return Stream.iterate(1, i -> i + 1).limit(count).map(i -> tag("t" + i)).toArray(Tag[]::new);
  }
}
