package io.millrace.ops.explore;

import io.millrace.ops.dashboard.Explorer;
import io.millrace.ops.dashboard.ThumbnailCache;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The kept pictures by their embeddings, on a plane. */
final class EmbeddingMap {
  private static final Duration KEPT = Duration.ofSeconds(10);

  private final ThumbnailCache thumbnails;
  private final PictureVectors vectors;
  private final InstantSource clock;
  private Explorer.Scatter last = new Explorer.Scatter(0, List.of());
  private Instant madeAt = Instant.MIN;

  EmbeddingMap(ThumbnailCache thumbnails, PictureVectors vectors, InstantSource clock) {
    this.thumbnails = thumbnails;
    this.vectors = vectors;
    this.clock = clock;
  }

  /** The plane, at most ten seconds old. */
  synchronized Explorer.Scatter map() {
    Instant now = clock.instant();
    if (madeAt.equals(Instant.MIN) || !now.isBefore(madeAt.plus(KEPT))) {
      last = make();
      madeAt = now;
    }
    return last;
  }

  private Explorer.Scatter make() {
    List<ThumbnailCache.Picture> newest = thumbnails.pictures();
    RecentEmbeddings.Sample sample =
        vectors.of(newest.stream().map(ThumbnailCache.Picture::id).toList());
    var pictures = new ArrayList<ThumbnailCache.Picture>();
    var rows = new ArrayList<float[]>();
    for (ThumbnailCache.Picture picture : newest) {
      float[] vector = sample.vectors().get(picture.id());
      if (vector != null && (rows.isEmpty() || vector.length == rows.get(0).length)) {
        pictures.add(picture);
        rows.add(vector);
      }
    }
    double[][] plane = PcaProjection.project(rows);
    for (int axis = 0; axis < 2; axis++) {
      if (turned(pictures, plane, axis)) {
        for (double[] at : plane) {
          at[axis] = -at[axis];
        }
      }
    }
    var points = new ArrayList<Explorer.Point>();
    for (int i = 0; i < plane.length; i++) {
      points.add(
          new Explorer.Point(ThumbnailCache.Card.of(pictures.get(i)), plane[i][0], plane[i][1]));
    }
    return new Explorer.Scatter(sample.version(), List.copyOf(points));
  }

  /** A principal axis has no sign of its own: it keeps the one it had in the plane before. */
  private boolean turned(List<ThumbnailCache.Picture> pictures, double[][] plane, int axis) {
    Map<Long, Double> before = new HashMap<>();
    for (Explorer.Point point : last.points()) {
      before.put(point.picture().number(), axis == 0 ? point.x() : point.y());
    }
    double same = 0;
    for (int i = 0; i < plane.length; i++) {
      same += plane[i][axis] * before.getOrDefault(pictures.get(i).number(), 0.0);
    }
    return same < 0;
  }
}
