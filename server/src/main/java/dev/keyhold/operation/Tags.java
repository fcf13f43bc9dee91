package dev.keyhold.operation;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.keyhold.error.KmsError;
import dev.keyhold.iam.Action;
import dev.keyhold.iam.Authorizer;
import dev.keyhold.iam.Caller;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.Tag;
import dev.keyhold.keyring.TagVault;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The tags of a key: adding one or several, taking them away, listing them. Source: DEW API
/// Reference, "Tag Management". Searching keys by tags is in [TagSearch].
public final class Tags {
  private static final int MOST_IN_BATCH = TagVault.MOST_PER_KEY;

  /// @param value absent counts as empty
  public record TagItem(String key, Optional<String> value) {
    public TagItem {
      Require.member("tag.key", key);
    }

    private static TagItem of(Tag tag) {
      return new TagItem(tag.key(), Optional.of(tag.value()));
    }

    private Tag checked() {
      return new Tag(TagText.key(key), TagText.value(value.orElse("")));
    }
  }

  static List<TagItem> items(List<Tag> tags) {
    return tags.stream().map(TagItem::of).toList();
  }

  public record CreateBody(TagItem tag, Optional<String> sequence) {
    public CreateBody {
      Require.member("tag", tag);
    }
  }

  public record CreateRequest(String keyId, CreateBody body) {}

  /// @param action `create` or `delete`
  /// @param tags 1 to 20, no key twice
  public record BatchBody(String action, List<TagItem> tags, Optional<String> sequence) {
    public BatchBody {
      Require.member("action", action);
      tags = Require.members("tags", tags);
    }
  }

  public record BatchRequest(String keyId, BatchBody body) {}

  public record DeleteRequest(String keyId, String key) {}

  public record ShowRequest(String keyId) {}

  public record ShowResponse(List<TagItem> tags, @JsonProperty("existTagsNum") int existTagsNum) {}

  public record ListRequest() {}

  public record TagValues(String key, List<String> values) {}

  public record ListResponse(List<TagValues> tags) {}

  private final Authorizer authorizer;
  private final TagVault vault;

  public Tags(Authorizer authorizer, TagVault vault) {
    this.authorizer = authorizer;
    this.vault = vault;
  }

  public Done create(Caller caller, CreateRequest request) {
    KeyId key = Wire.keyId(request.keyId(), request.body().sequence());
    Tag tag = request.body().tag().checked();
    authorizer.require(caller, Action.CREATE_TAG, key);
    vault.put(caller.project(), key, List.of(tag));
    return Done.DONE;
  }

  public Done batch(Caller caller, BatchRequest request) {
    BatchBody body = request.body();
    KeyId key = Wire.keyId(request.keyId(), body.sequence());
    switch (body.action()) {
      case "create" -> {
        List<Tag> tags = checked(body.tags());
        authorizer.require(caller, Action.BATCH_TAGS, key);
        vault.put(caller.project(), key, tags);
      }
      case "delete" -> {
        List<String> keys = checkedKeys(body.tags()); // values say nothing here
        authorizer.require(caller, Action.BATCH_TAGS, key);
        vault.delete(caller.project(), key, keys);
      }
      default -> throw KmsError.TAG_ACTION.rejected("action must be create or delete.");
    }
    return Done.DONE;
  }

  static List<Tag> checked(List<TagItem> items) {
    requireSize(items);
    List<Tag> tags = items.stream().map(TagItem::checked).toList();
    requireDistinct(tags.stream().map(Tag::key).toList());
    return tags;
  }

  private static List<String> checkedKeys(List<TagItem> items) {
    requireSize(items);
    List<String> keys = items.stream().map(item -> TagText.key(item.key())).toList();
    requireDistinct(keys);
    return keys;
  }

  private static void requireSize(List<TagItem> items) {
    if (items.isEmpty()) {
      throw KmsError.TAG_LIST_EMPTY.rejected();
    }
    if (items.size() > MOST_IN_BATCH) {
      throw KmsError.TAG_LIST_SIZE.rejected("tags must have at most 20 elements.");
    }
  }

  private static void requireDistinct(List<String> keys) {
    TagText.requireDistinct(
        keys, () -> KmsError.TAG_LIST.rejected("tags must not name a key twice."));
  }

  public Done delete(Caller caller, DeleteRequest request) {
    KeyId key = KeyId.parse(request.keyId());
    String tagKey = TagText.key(request.key());
    authorizer.require(caller, Action.DELETE_TAG, key);
    vault.delete(caller.project(), key, tagKey);
    return Done.DONE;
  }

  public ShowResponse show(Caller caller, ShowRequest request) {
    KeyId key = KeyId.parse(request.keyId());
    authorizer.require(caller, Action.LIST_TAGS, key);
    List<Tag> tags = vault.of(caller.project(), key);
    return new ShowResponse(items(tags), tags.size());
  }

  /// All tags of the project's keys, each key with the values it has anywhere.
  public ListResponse list(Caller caller, ListRequest request) {
    authorizer.require(caller, Action.LIST_TAGS);
    Map<String, List<String>> values = new LinkedHashMap<>();
    for (Tag tag : vault.all(caller.project())) {
      values.computeIfAbsent(tag.key(), _ -> new ArrayList<>()).add(tag.value());
    }
    return new ListResponse(
        values.entrySet().stream()
            .map(entry -> new TagValues(entry.getKey(), List.copyOf(entry.getValue())))
            .toList());
  }
}
