package dev.keyhold.store;

import static dev.keyhold.store.CmkContract.assertRejected;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.error.KmsError;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.ProjectId;
import dev.keyhold.key.Tag;
import dev.keyhold.key.TagFilter;
import dev.keyhold.key.TagRepository;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// What every tag repository does, whatever database is under it.
abstract class TagRepositoryContract extends BelongingsContract {
  private static final int MOST = 3;

  final TagRepository tags() {
    return new SqlTagRepository(store().database());
  }

  @Test
  void tagsComeBackInOrderAndAnEqualKeyIsReplaced() {
    KeyId key = newKey();
    put(key, "b", "1");
    put(key, "a", "2");
    put(key, "b", "3");
    store().reopen();
    assertThat(tags().of(key)).containsExactly(new Tag("a", "2"), new Tag("b", "3"));
  }

  @Test
  void tooManyTagsChangeNothing() {
    KeyId key = newKey();
    put(key, "a", "1");
    List<Tag> more =
        List.of(new Tag("a", "2"), new Tag("b", ""), new Tag("c", ""), new Tag("d", ""));
    assertRejected(KmsError.TOO_MANY_TAGS, () -> tags().put(project, key, more, MOST));
    assertThat(tags().of(key)).containsExactly(new Tag("a", "1"));
    assertRejected(KmsError.KEY_NOT_FOUND, () -> tags().put(ProjectId.random(), key, more, MOST));
  }

  @Test
  void deletedTagIsGone() {
    KeyId key = newKey();
    put(key, "a", "1");
    assertThat(tags().delete(key, "b")).isFalse();
    assertThat(tags().delete(key, "a")).isTrue();
    assertThat(tags().of(key)).isEmpty();
  }

  @Test
  void differentTagsOfAProjectAreListedOnce() {
    put(newKey(), "a", "1");
    put(newKey(), "a", "1");
    put(newKey(), "a", "0");
    assertThat(tags().all(project)).containsExactly(new Tag("a", "0"), new Tag("a", "1"));
    assertThat(tags().all(ProjectId.random())).isEmpty();
  }

  @Test
  void searchWantsAllTagsAndAnyOfTheValues() {
    KeyId both = newKey();
    put(both, "a", "1");
    put(both, "b", "1");
    KeyId one = newKey();
    put(one, "a", "2");

    assertFinds(filter(wanted("a")), both, one);
    assertFinds(filter(wanted("a", "1", "2")), both, one);
    assertFinds(filter(wanted("a", "2")), one);
    assertFinds(filter(wanted("a"), wanted("b")), both);
    assertFinds(filter(wanted("a", "2"), wanted("b")));
    assertFinds(filter(), both, one);
    assertThat(tags().search(project, filter(), 1, 1))
        .extracting(stored -> stored.cmk().id())
        .containsExactly(one);
    assertThat(tags().count(ProjectId.random(), filter())).isZero();
  }

  @Test
  void namesMatchWhereverAndLiterally() {
    KeyId key = newKey("Pay-Roll_1");
    newKey("other");
    assertFinds(named("roll"), key);
    assertFinds(named("l_1"), key);
    assertFinds(named("Roll%"));
    assertFinds(named("y_R"));
    assertFinds(named("!"));
  }

  @Test
  void destroyedKeyTakesItsTagsAlong() {
    KeyId key = newKey();
    put(key, "a", "1");
    assertThat(cmks().destroy(key, 1)).isTrue();
    assertThat(tags().of(key)).isEmpty();
    assertThat(tags().all(project)).isEmpty();
  }

  private void put(KeyId key, String name, String value) {
    tags().put(project, key, List.of(new Tag(name, value)), MOST);
  }

  private void assertFinds(TagFilter filter, KeyId... keys) {
    assertThat(tags().search(project, filter, 0, 10))
        .extracting(stored -> stored.cmk().id())
        .containsExactly(keys);
    assertThat(tags().count(project, filter)).isEqualTo(keys.length);
  }

  private static TagFilter.Wanted wanted(String key, String... values) {
    return new TagFilter.Wanted(key, List.of(values));
  }

  private static TagFilter filter(TagFilter.Wanted... wanted) {
    return new TagFilter(List.of(wanted), Optional.empty());
  }

  private static TagFilter named(String part) {
    return new TagFilter(List.of(), Optional.of(part));
  }
}
