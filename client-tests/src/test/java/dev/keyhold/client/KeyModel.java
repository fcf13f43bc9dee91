package dev.keyhold.client;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/// What a client can see of a key that calls change.
///
/// @param state the API's number
/// @param rotations how often it was rotated
/// @param interval of automatic rotation in days, 0 while it is off
/// @param aliases without `alias/`
/// @param grants their names
record KeyModel(
    String state,
    int rotations,
    int interval,
    SortedMap<String, String> tags,
    SortedSet<String> aliases,
    SortedSet<String> grants) {
  static final String ENABLED = "2";
  static final String DISABLED = "3";
  static final String PENDING_DELETION = "4";
  static final String PENDING_IMPORT = "5";

  static KeyModel fresh(String state) {
    return new KeyModel(state, 0, 0, new TreeMap<>(), new TreeSet<>(), new TreeSet<>());
  }

  KeyModel in(String otherState) {
    return new KeyModel(otherState, rotations, interval, tags, aliases, grants);
  }

  KeyModel rotated() {
    return new KeyModel(state, rotations + 1, interval, tags, aliases, grants);
  }

  KeyModel rotatingEvery(int days) {
    return new KeyModel(state, rotations, days, tags, aliases, grants);
  }

  KeyModel tagged(String key, String value) {
    var more = new TreeMap<>(tags);
    more.put(key, value);
    return new KeyModel(state, rotations, interval, more, aliases, grants);
  }

  KeyModel untagged(String key) {
    var fewer = new TreeMap<>(tags);
    fewer.remove(key);
    return new KeyModel(state, rotations, interval, fewer, aliases, grants);
  }

  KeyModel with(String alias) {
    return new KeyModel(state, rotations, interval, tags, plus(aliases, alias), grants);
  }

  KeyModel without(String alias) {
    return new KeyModel(state, rotations, interval, tags, minus(aliases, alias), grants);
  }

  KeyModel granting(String name) {
    return new KeyModel(state, rotations, interval, tags, aliases, plus(grants, name));
  }

  KeyModel notGranting(String name) {
    return new KeyModel(state, rotations, interval, tags, aliases, minus(grants, name));
  }

  private static SortedSet<String> plus(Set<String> all, String one) {
    var more = new TreeSet<>(all);
    more.add(one);
    return more;
  }

  private static SortedSet<String> minus(Set<String> all, String one) {
    var fewer = new TreeSet<>(all);
    fewer.remove(one);
    return fewer;
  }

  /// As the server shows it now.
  static KeyModel seen(Http http, String key) {
    Map<String, String> id = Map.of("key_id", key);
    String state =
        Http.patiently(() -> http.kms("describe-key", id))
            .ok()
            .json()
            .at("/key_info/key_state")
            .asText();
    JsonNode rotation = Http.patiently(() -> http.kms("get-key-rotation-status", id)).ok().json();
    var tags = new TreeMap<String, String>();
    Http.patiently(() -> http.get(http.kmsPath(key + "/tags")))
        .ok()
        .json()
        .path("tags")
        .forEach(tag -> tags.put(tag.path("key").asText(), tag.path("value").asText()));
    var aliases = new TreeSet<String>();
    Http.patiently(() -> http.get(http.kmsPath("aliases?limit=50&key_id=" + key)))
        .ok()
        .json()
        .at("/0/aliases")
        .forEach(alias -> aliases.add(alias.path("alias").asText()));
    var grants = new TreeSet<String>();
    Http.patiently(() -> http.kms("list-grants", id))
        .ok()
        .json()
        .path("grants")
        .forEach(grant -> grants.add(grant.path("name").asText()));
    return new KeyModel(
        state,
        rotation.path("number_of_rotations").asInt(),
        rotation.path("key_rotation_enabled").asBoolean()
            ? rotation.path("rotation_interval").asInt()
            : 0,
        tags,
        aliases,
        grants);
  }
}
