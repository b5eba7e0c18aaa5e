package io.millrace.ops.dashboard;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import io.millrace.serving.http.Answers;
import java.util.Optional;
import java.util.function.BiConsumer;

/** Pictures, their views, neighbors and map, and visual words. Changes nothing. */
final class ExploreRoutes {
  private final ThumbnailCache thumbnails;
  private final Explorer explorer;
  private final BiConsumer<Context, Object> json;

  ExploreRoutes(ThumbnailCache thumbnails, Explorer explorer, BiConsumer<Context, Object> json) {
    this.thumbnails = thumbnails;
    this.explorer = explorer;
    this.json = json;
  }

  void register(RoutesConfig routes) {
    routes.get(
        "/api/images/{number}", ctx -> png(ctx, picture(ctx).map(ThumbnailCache.Picture::png)));
    routes.get(
        "/api/images/{number}/views",
        ctx -> {
          Optional<ThumbnailCache.Picture> picture = picture(ctx);
          Optional<byte[]> views = picture.flatMap(explorer::views);
          if (picture.isPresent() && views.isEmpty()) {
            ctx.status(HttpStatus.NO_CONTENT);
          } else {
            png(ctx, views);
          }
        });
    routes.get(
        "/api/images/{number}/neighbours",
        ctx -> {
          Optional<ThumbnailCache.Picture> picture = picture(ctx);
          if (picture.isPresent()) {
            json.accept(ctx, explorer.neighbors(picture.get()));
          } else {
            gone(ctx);
          }
        });
    routes.get("/api/map", ctx -> json.accept(ctx, explorer.map()));
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

  private Optional<ThumbnailCache.Picture> picture(Context ctx) {
    String number = ctx.pathParam("number");
    return number.matches("\\d{1,18}")
        ? thumbnails.picture(Long.parseLong(number))
        : Optional.empty();
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
}
