package dev.keyhold.operation;

import dev.keyhold.error.KmsError;
import dev.keyhold.iam.Action;
import dev.keyhold.iam.Authorizer;
import dev.keyhold.iam.Caller;
import dev.keyhold.key.TagFilter;
import dev.keyhold.keyring.TagVault;
import java.util.List;
import java.util.Optional;

/// Finds keys by their tags: `POST …/kms/resource_instances/action`. Source: DEW API Reference,
/// "Querying CMK Instances".
public final class TagSearch {
  private static final int MOST_WANTED = TagVault.MOST_PER_KEY;
  private static final int MOST_VALUES = 10;
  private static final int MOST_MATCH_CHARS = 255;
  private static final String RESOURCE_TYPE = "resource_instances";
  private static final String NAME = "resource_name";

  /// @param values any value when empty or absent
  public record Wanted(String key, Optional<List<String>> values) {
    public Wanted {
      Require.member("tags.key", key);
      values = values.map(given -> Require.members("tags.values", given));
    }
  }

  /// @param key `resource_name`
  /// @param value what the name contains, 1 to 255 characters
  public record Match(String key, String value) {
    public Match {
      Require.member("matches.key", key);
      Require.member("matches.value", value);
    }
  }

  /// @param action `filter`, or `count` for the number alone
  /// @param tags a key must have all of them
  /// @param limit with `filter` alone: 1 to 1000, default 10
  /// @param offset with `filter` alone: default 0
  public record Body(
      String action,
      Optional<List<Wanted>> tags,
      Optional<List<Match>> matches,
      Optional<WireNumber> limit,
      Optional<WireNumber> offset,
      Optional<String> sequence) {
    public Body {
      Require.member("action", action);
      tags = tags.map(given -> Require.members("tags", given));
      matches = matches.map(given -> Require.members("matches", given));
    }
  }

  /// @param resourceType from the path: `resource_instances`
  public record Request(String resourceType, Body body) {}

  public record Resource(
      String resourceId, KeyDetails resourceDetail, String resourceName, List<Tags.TagItem> tags) {}

  /// @param resources absent for `count`
  /// @param totalCount of all pages
  public record Response(Optional<List<Resource>> resources, long totalCount) {}

  private final Authorizer authorizer;
  private final TagVault vault;
  private final String region;

  public TagSearch(Authorizer authorizer, TagVault vault, String region) {
    this.authorizer = authorizer;
    this.vault = vault;
    this.region = region;
  }

  public Response search(Caller caller, Request request) {
    if (!request.resourceType().equals(RESOURCE_TYPE)) {
      throw KmsError.TAG_RESOURCE_TYPE.rejected("The path must end in resource_instances/action.");
    }
    Body body = request.body();
    Wire.checkSequence(body.sequence());
    return switch (body.action()) {
      case "filter" -> filter(caller, body);
      case "count" -> count(caller, body);
      default -> throw KmsError.TAG_ACTION.rejected("action must be filter or count.");
    };
  }

  private Response filter(Caller caller, Body request) {
    Paging paging = Paging.byOffset(request.limit(), request.offset(), KmsError.TAG_OFFSET);
    TagFilter filter = checked(request);
    authorizer.require(caller, Action.LIST_TAGGED);
    TagVault.Page page = vault.search(caller.project(), filter, paging.offset(), paging.limit());
    return new Response(
        Optional.of(page.keys().stream().map(this::resource).toList()), page.total());
  }

  private Response count(Caller caller, Body request) {
    if (Wire.givenNumber(request.limit()).isPresent()
        || Wire.givenNumber(request.offset()).isPresent()) {
      throw KmsError.TAG_OFFSET_NOT_ALLOWED.rejected("limit and offset go with filter alone.");
    }
    TagFilter filter = checked(request);
    authorizer.require(caller, Action.LIST_TAGGED);
    return new Response(Optional.empty(), vault.count(caller.project(), filter));
  }

  private Resource resource(TagVault.Tagged tagged) {
    return new Resource(
        tagged.cmk().id().text(),
        KeyDetails.of(tagged.cmk(), region),
        tagged.cmk().name().text(),
        Tags.items(tagged.tags()));
  }

  private static TagFilter checked(Body request) {
    List<Wanted> wanted = request.tags().orElse(List.of());
    if (wanted.size() > MOST_WANTED) {
      throw KmsError.TAG_LIST_SIZE.rejected("tags must have at most 20 elements.");
    }
    List<TagFilter.Wanted> tags = wanted.stream().map(TagSearch::checked).toList();
    TagText.requireDistinct(
        wanted.stream().map(Wanted::key).toList(),
        () -> KmsError.TAGS.rejected("tags must not name a key twice."));
    return new TagFilter(tags, checkedMatch(request.matches().orElse(List.of())));
  }

  private static TagFilter.Wanted checked(Wanted wanted) {
    TagText.key(wanted.key());
    List<String> values = wanted.values().orElse(List.of());
    if (values.size() > MOST_VALUES) {
      throw KmsError.TOO_MANY_TAG_VALUES.rejected("A tag must have at most 10 values.");
    }
    values.forEach(TagText::value);
    return new TagFilter.Wanted(wanted.key(), values);
  }

  private static Optional<String> checkedMatch(List<Match> matches) {
    if (matches.isEmpty()) {
      return Optional.empty();
    }
    if (matches.size() > 1) {
      throw KmsError.TAG_MATCHES.rejected("matches must have one element: only names match.");
    }
    Match match = matches.getFirst();
    if (!match.key().equals(NAME)) {
      throw KmsError.TAG_MATCH_KEY.rejected("The key of a match must be resource_name.");
    }
    int length = match.value().codePointCount(0, match.value().length());
    if (length < 1 || length > MOST_MATCH_CHARS) {
      throw KmsError.TAG_MATCH_VALUE.rejected("The value of a match has 1 to 255 characters.");
    }
    return Optional.of(match.value());
  }
}
