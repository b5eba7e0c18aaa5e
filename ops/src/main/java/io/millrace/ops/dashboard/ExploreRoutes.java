package io.millrace.ops.dashboard;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.ObjectReader;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import io.millrace.serving.http.Answers;
import java.io.IOException;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

/** Pictures, their views, neighbors and map, and visual words. Changes nothing. */
final class ExploreRoutes {
  private static final ObjectReader QUERY = Json.mapper().readerFor(Query.class);

  private final ThumbnailCache thumbnails;
  private final Explorer explorer;
  private final BiConsumer<Context, Object> json;

  ExploreRoutes(ThumbnailCache thumbnails, Explorer explorer, BiConsumer<Context, Object> json) {
    this.thumbnails = thumbnails;
    this.explorer = explorer;
    this.json = json;
  }

  void register(RoutesConfig routes) {
    routes.get("/api/images/{number}", ctx -> png(ctx, numbered(ctx)));
    routes.get(
        "/api/image",
        ctx -> {
          Optional<ThumbnailCache.Picture> picture = picture(ctx);
          if (picture.isPresent()) {
            json.accept(ctx, ThumbnailCache.Card.of(picture.get()));
          } else {
            gone(ctx);
          }
        });
    routes.get(
        "/api/image/picture", ctx -> png(ctx, picture(ctx).map(ThumbnailCache.Picture::png)));
    routes.get(
        "/api/image/views",
        ctx -> {
          Optional<ThumbnailCache.Picture> picture = picture(ctx);
          Optional<byte[]> views = picture.flatMap(explorer::views);
          if (picture.isPresent() && views.isEmpty()) {
            ctx.status(HttpStatus.NO_CONTENT);
          } else {
            png(ctx, views);
          }
        });
    routes.get("/api/image/neighbours", ctx -> json.accept(ctx, explorer.neighbors(id(ctx))));
    routes.get(
        "/api/image/versions", ctx -> json.accept(ctx, explorer.neighborsByVersion(id(ctx))));
    routes.get("/api/map", this::map);
    routes.post("/api/map/place", this::place);
    routes.get("/api/releases/{version}", this::release);
    routes.get("/api/words", ctx -> json.accept(ctx, explorer.words()));
    routes.get(
        "/api/words/{level}/{word}",
        ctx -> {
          String word = ctx.pathParam("word");
          png(
              ctx,
              word.matches("\\d{1,6}")
                  ? explorer.patches(ctx.pathParam("level"), Integer.parseInt(word))
                  : Optional.empty());
        });
  }

  /**
   * Unchanged since the tag that the page sends, it is not sent again: it is the largest answer.
   */
  private void map(Context ctx) {
    Optional<Explorer.Layout> layout = layout(ctx);
    if (layout.isEmpty()) {
      return;
    }
    Explorer.Scatter map = explorer.map(layout.get());
    String tag = "\"" + Integer.toHexString(map.hashCode()) + "\"";
    ctx.header("ETag", tag);
    if (tag.equals(ctx.header("If-None-Match"))) {
      ctx.status(HttpStatus.NOT_MODIFIED);
    } else {
      json.accept(ctx, map);
    }
  }

  /** Where an embedding lies on the map: of a picture of one's own, it is not among the sample. */
  private void place(Context ctx) {
    Optional<Explorer.Layout> layout = layout(ctx);
    if (layout.isEmpty()) {
      return;
    }
    Query asked;
    try {
      asked = QUERY.readValue(ctx.bodyAsBytes());
    } catch (IOException e) {
      Answers.refuse(ctx, 400, "expected {\"version\": 1, \"vector\": [0.1, ...]}", "body");
      return;
    }
    Optional<Explorer.Place> place = explorer.place(layout.get(), asked.version(), asked.vector());
    if (place.isPresent()) {
      json.accept(ctx, place.get());
    } else {
      Answers.refuse(
          ctx,
          404,
          "there is no map by "
              + layout.get()
              + " of release "
              + asked.version()
              + " with vectors of "
              + asked.vector().length,
          "version");
    }
  }

  /** The layout that a request names; refused where it names another. */
  private static Optional<Explorer.Layout> layout(Context ctx) {
    String name = ctx.queryParam("layout");
    Optional<Explorer.Layout> layout =
        Stream.of(Explorer.Layout.values())
            .filter(l -> name == null ? l == Explorer.Layout.PCA : l.toString().equals(name))
            .findFirst();
    if (layout.isEmpty()) {
      Answers.refuse(ctx, 400, "layout is '" + name + "': expected pca or umap", "layout");
    }
    return layout;
  }

  private void release(Context ctx) {
    String version = ctx.pathParam("version");
    Optional<Explorer.Traits> release =
        version.matches("\\d{1,18}") ? explorer.release(Long.parseLong(version)) : Optional.empty();
    if (release.isPresent()) {
      json.accept(ctx, release.get());
    } else {
      Answers.refuse(
          ctx, 404, "there is no release " + version + " among the newest ones", "version");
    }
  }

  private Optional<byte[]> numbered(Context ctx) {
    String number = ctx.pathParam("number");
    return number.matches("\\d{1,18}")
        ? thumbnails.picture(Long.parseLong(number)).map(ThumbnailCache.Picture::png)
        : Optional.empty();
  }

  private Optional<ThumbnailCache.Picture> picture(Context ctx) {
    return explorer.picture(id(ctx));
  }

  /** An id is any text: it comes as a parameter, not as a part of the path. */
  private static String id(Context ctx) {
    String id = ctx.queryParam("id");
    return id == null ? "" : id;
  }

  private static void png(Context ctx, Optional<byte[]> png) {
    if (png.isEmpty()) {
      gone(ctx);
    } else {
      ctx.header("Cache-Control", "private, max-age=600");
      ctx.contentType("image/png").result(png.get());
    }
  }

  private static void gone(Context ctx) {
    Answers.refuse(ctx, 404, "there is no such picture, or no longer", null);
  }

  /**
   * An embedding.
   *
   * @param version release that made it
   * @param vector [features], unit length
   */
  private record Query(
      @JsonProperty(required = true) long version, @JsonProperty(required = true) float[] vector) {
    Query {
      Objects.requireNonNull(vector);
    }
  }
}
