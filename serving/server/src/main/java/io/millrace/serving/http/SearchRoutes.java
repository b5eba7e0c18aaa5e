package io.millrace.serving.http;

import io.javalin.http.Context;
import io.millrace.learner.release.ReleaseManifest;
import io.millrace.serving.embed.Embedding;
import io.millrace.serving.embed.ModelVersion;
import io.millrace.serving.index.Neighbor;
import io.millrace.serving.index.OtherVersionException;
import io.millrace.serving.index.SearchSettings;
import io.millrace.serving.index.VectorIndex;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.apache.lucene.store.AlreadyClosedException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code POST /search}: the images most like a vector, an image or an image id, among the
 * embeddings of exactly one version.
 */
final class SearchRoutes {
  private static final Logger log = LoggerFactory.getLogger(SearchRoutes.class);
  private static final String IMAGE = "image/";
  private static final double UNIT_TOLERANCE = 1e-6;

  private final Supplier<@Nullable VectorIndex> index;
  private final InferenceCalls calls;
  private final ImageInputs images;
  private final SearchSettings search;
  private final List<String> headers;

  SearchRoutes(
      Supplier<@Nullable VectorIndex> index,
      InferenceCalls calls,
      ImageInputs images,
      SearchSettings search,
      List<String> headers) {
    this.index = index;
    this.calls = calls;
    this.images = images;
    this.search = search;
    this.headers = headers;
  }

  /** Answers a search, a JSON body or an image with its parameters in the query. */
  Map<String, Object> search(Context ctx) {
    byte[] body = RequestContext.of(ctx).body();
    String type = ctx.contentType();
    SearchRequest request =
        type != null && type.strip().regionMatches(true, 0, IMAGE, 0, IMAGE.length())
            ? SearchRequest.ofImage(body, ctx.queryParamMap(), search.maxNeighbors(), headers)
            : SearchRequest.read(body, search.maxNeighbors(), headers);
    VectorIndex now = index.get();
    if (now == null) {
      throw new ApiError(503, null, "no version is complete yet: searches have nothing to run on");
    }
    try {
      return answer(now, request, RequestContext.of(ctx));
    } catch (OtherVersionException e) {
      throw new ApiError(409, "version", String.valueOf(e.getMessage()));
    } catch (AlreadyClosedException e) {
      throw new ApiError(503, "version", now.version() + " was retired a moment ago: ask again");
    } catch (IOException e) {
      log.warn("the index of {} can't be read; it is built anew", now.version(), e);
      throw new ApiError(
          503, "version", "the index of " + now.version() + " is built anew: ask again");
    }
  }

  private Map<String, Object> answer(VectorIndex now, SearchRequest request, RequestContext context)
      throws IOException {
    Long pinned = request.version();
    ModelVersion of =
        pinned == null || pinned < 1
            ? now.version()
            : new ModelVersion(now.version().model(), pinned);
    if (!of.equals(now.version())) {
      throw new OtherVersionException(of, now.version());
    }
    float[] query = query(now, request, context);
    List<Neighbor> found = found(now, of, request, query);
    var neighbors = new ArrayList<Map<String, Object>>();
    for (Neighbor n : found) {
      var one = new LinkedHashMap<String, Object>();
      one.put("id", n.imageId());
      one.put("cosine", n.cosine());
      String source = n.source();
      if (source != null) {
        one.put("source", source);
      }
      String name = n.name();
      if (name != null) {
        one.put("name", name);
      }
      one.put("time", Instant.ofEpochMilli(n.timeMillis()).toString());
      if (!n.headers().isEmpty()) {
        one.put("headers", n.headers());
      }
      neighbors.add(one);
    }
    var out = new LinkedHashMap<String, Object>();
    out.put("model", of.model());
    out.put("version", of.version());
    out.put("images", now.size());
    out.put("neighbours", neighbors);
    if (request.withVector()) {
      out.put("vector", query);
    }
    return out;
  }

  /** The vector to look for, of unit length. */
  private float[] query(VectorIndex now, SearchRequest request, RequestContext context)
      throws IOException {
    String id = request.id();
    if (id != null) {
      float[] vector = now.vector(id);
      if (vector == null) {
        throw new ApiError(404, "id", "no image '" + id + "' has an embedding of " + now.version());
      }
      return vector;
    }
    byte[] image = request.image();
    return image != null
        ? embedded(now, image, context)
        : unit(now, Objects.requireNonNull(request.vector()));
  }

  private static List<Neighbor> found(
      VectorIndex now, ModelVersion of, SearchRequest request, float[] query) throws IOException {
    String id = request.id();
    if (id != null) {
      return request.exact()
          ? now.exactById(id, of, request.k(), request.filter())
          : now.searchById(id, of, request.k(), request.filter());
    }
    return request.exact()
        ? now.exact(query, of, request.k(), request.filter())
        : now.search(query, of, request.k(), request.filter());
  }

  private float[] embedded(VectorIndex now, byte[] image, RequestContext context) {
    ReleaseManifest release = calls.release(Long.toString(now.version().version()));
    float[] input = images.view(image, "image", release.preprocessing(), context);
    List<@Nullable Embedding> embedded =
        calls.run(
            release, "search", 1, context, model -> model.embedder().embedInputs(List.of(input)));
    Embedding one = embedded.get(0);
    if (one == null) {
      throw new ApiError(422, "image", "image has features that are not finite or all zero");
    }
    return one.vector();
  }

  private static float[] unit(VectorIndex now, float[] vector) {
    if (now.dim() != 0 && vector.length != now.dim()) {
      throw ApiError.bad(
          "vector",
          "has " + vector.length + " components: expected " + now.dim() + " as " + now.version());
    }
    Embedding unit = Embedding.of(vector);
    if (unit == null) {
      throw ApiError.bad("vector", "has no direction: a component is not finite, or all are zero");
    }
    return Math.abs(unit.norm() - 1) < UNIT_TOLERANCE ? vector : unit.vector();
  }
}
