package io.millrace.ops.explore;

import io.millrace.ingest.decode.PixelImage;
import io.millrace.learner.augment.PixelBatch;
import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.augment.ViewGroup;
import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Tensor;
import io.millrace.ops.dashboard.ThumbnailCache;
import java.awt.image.BufferedImage;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;

/**
 * Views of a picture such as the learner makes: the same transforms with the same settings, drawn
 * anew. Every component of the method's settings that is a {@link ViewSettings} is a group.
 */
final class LearnerViews {
  private static final int DRAWS = 6;
  private static final int SHOWN_SIDE = 96;

  private final List<ViewGroup> groups = new ArrayList<>();
  private final Preprocessing preprocessing;
  private final long seed;

  LearnerViews(Record methodSettings, Preprocessing preprocessing, long seed) {
    this.preprocessing = preprocessing;
    this.seed = seed;
    for (RecordComponent component : methodSettings.getClass().getRecordComponents()) {
      if (component.getType() == ViewSettings.class) {
        groups.add(
            ViewGroup.crops(component.getName(), get(component, methodSettings), preprocessing));
      }
    }
  }

  private static ViewSettings get(RecordComponent component, Record from) {
    try {
      var accessor = component.getAccessor();
      accessor.setAccessible(true);
      return (ViewSettings) accessor.invoke(from);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("can't read " + component, e);
    }
  }

  /** Whether the method makes views of this kind. */
  boolean any() {
    return !groups.isEmpty();
  }

  /** A PNG strip of views, those of a group side by side. */
  byte[] of(Engine engine, ThumbnailCache.Picture picture) {
    PixelImage pixels = Montage.pixels(picture.image());
    var views = new ArrayList<BufferedImage>();
    int draws = Math.max(1, DRAWS / groups.size());
    for (ViewGroup group : groups) {
      int size = group.size();
      int one = 3 * size * size;
      for (int shown = 0; shown < draws; ) {
        float[] values;
        try (var scope = engine.scope();
            Tensor made =
                group.of(
                    engine,
                    new PixelBatch(engine, List.of(pixels)),
                    List.of(picture.id()),
                    shown,
                    seed)) {
          values = made.toFloats();
        }
        for (int v = 0; v < group.views() && shown < draws; v++, shown++) {
          views.add(
              Montage.picture(values, v * one, size, preprocessing.mean(), preprocessing.std()));
        }
      }
    }
    return Montage.png(views, SHOWN_SIDE);
  }
}
