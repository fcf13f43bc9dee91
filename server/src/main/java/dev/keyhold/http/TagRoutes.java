package dev.keyhold.http;

import static dev.keyhold.http.Endpoints.reading;
import static dev.keyhold.http.Routes.query;
import static dev.keyhold.http.Routes.remove;
import static dev.keyhold.http.Routes.slow;

import dev.keyhold.operation.TagSearch;
import dev.keyhold.operation.Tags;
import java.util.List;

/// The rows of tags, and of the search for keys by them.
final class TagRoutes {
  private TagRoutes() {}

  static List<Route> tags(Tags tags, TagSearch search) {
    var create = Json.reader(Tags.CreateBody.class);
    var batch = Json.reader(Tags.BatchBody.class);
    var found = Json.reader(TagSearch.Body.class);
    return List.of(
        slow(
            "{key_id}/tags",
            reading(
                204,
                Tags.CreateRequest.class,
                call -> new Tags.CreateRequest(call.path("key_id"), call.json(create)),
                tags::create)),
        slow(
            "{key_id}/tags/action",
            reading(
                204,
                Tags.BatchRequest.class,
                call -> new Tags.BatchRequest(call.path("key_id"), call.json(batch)),
                tags::batch)),
        remove(
            "{key_id}/tags/{key}",
            reading(
                204,
                Tags.DeleteRequest.class,
                call -> new Tags.DeleteRequest(call.path("key_id"), call.path("key")),
                tags::delete)),
        // A tag may be called as the call above is.
        remove(
            "{key_id}/tags/action",
            reading(
                204,
                Tags.DeleteRequest.class,
                call -> new Tags.DeleteRequest(call.path("key_id"), "action"),
                tags::delete)),
        query(
            "{key_id}/tags",
            reading(
                200,
                Tags.ShowRequest.class,
                call -> new Tags.ShowRequest(call.path("key_id")),
                tags::show)),
        query(
            "tags", reading(200, Tags.ListRequest.class, _ -> new Tags.ListRequest(), tags::list)),
        slow(
            "{resource_type}/action",
            reading(
                200,
                TagSearch.Request.class,
                call -> new TagSearch.Request(call.path("resource_type"), call.json(found)),
                search::search)));
  }
}
