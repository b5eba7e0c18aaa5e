package io.millrace.learner.method.settings;

import io.millrace.learner.augment.PatchGridSettings;
import io.millrace.learner.augment.PatchSettings;
import io.millrace.learner.augment.TileSettings;
import io.millrace.learner.augment.ViewSettings;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Whether a backbone and its input fit the views that a method's settings ask for. */
public final class ViewSizes {
  /** Components that are parts of an image by design, and may be far smaller than the input. */
  private static final Set<String> PARTS = Set.of("localViews", "patches");

  /** From here on the full-size maps of a small stem cost far more than they tell. */
  private static final int SMALL_STEM_UNDER = 96;

  /** A large stem leaves a map of 2 × 2 cells of this. */
  private static final int LARGE_STEM_FROM = 64;

  private static final String INPUT = "model.preprocessing.size";
  private static final String STEM = "model.backbone.stem";

  private ViewSizes() {}

  /**
   * Whether views of this component are parts of an image by design, of a size of their own.
   *
   * @param component name in a method's settings
   */
  public static boolean isPart(String component) {
    return PARTS.contains(component);
  }

  /**
   * Checks every group of views among the settings.
   *
   * @throws IllegalArgumentException naming the method, the setting, its value and what it does not
   *     fit
   */
  public static void require(String method, ModelSettings model, Record settings) {
    int input = model.preprocessing().size();
    for (RecordComponent component : settings.getClass().getRecordComponents()) {
      Object value = valueOf(component, settings);
      String key = "methods." + method + "." + component.getName();
      if (value instanceof ViewSettings views) {
        model.backbone().requireSize(key + ".size", views.size());
        boolean whole = !isPart(component.getName());
        if ((whole && 2 * views.size() < input) || views.size() > 2 * input) {
          throw new IllegalArgumentException(
              "%s.size is %d and %s is %d: expected views of half to twice that, or the network learns from other images than it serves"
                  .formatted(key, views.size(), INPUT, input));
        }
      } else if (value instanceof PatchSettings patches && patches.views() > 0) {
        model.backbone().requireSize(key + ".size", patches.size());
      } else if (value instanceof PatchGridSettings grid) {
        model.backbone().requireSize(key + ".patch", grid.patch());
      } else if (value instanceof TileSettings tiles) {
        model.backbone().requireSize(key + ".tile", tiles.tile());
      }
    }
  }

  /**
   * What is allowed and seldom meant: sizes that waste time or leave a network little to see.
   * Random crops may have three fifths of the input's side: objects are larger in them than in
   * whole images (FixRes, Touvron et al. 2019), and OBoW's authors learn from 160 pixels beside a
   * teacher's 224.
   *
   * @param maxSide longest side of the images that views are cut from, in pixels
   * @return sentences that name the keys and their values
   */
  public static List<String> doubts(
      String method, ModelSettings model, Record settings, int maxSide) {
    var out = new ArrayList<String>();
    int input = model.preprocessing().size();
    BackboneSettings backbone = model.backbone();
    if (backbone.hasSmallStem() && input >= SMALL_STEM_UNDER) {
      out.add(
          "%s is small and %s is %d: a large stem is made for %d pixels and more, and takes a sixteenth of the time"
              .formatted(STEM, INPUT, input, SMALL_STEM_UNDER));
    }
    if (backbone.hasLargeStem() && input < LARGE_STEM_FROM) {
      out.add(
          "%s is large and %s is %d: its last maps have %d cells; a small stem is made for under %d pixels"
              .formatted(STEM, INPUT, input, backbone.cells(input), LARGE_STEM_FROM));
    }
    for (RecordComponent component : settings.getClass().getRecordComponents()) {
      Object value = valueOf(component, settings);
      String key = "methods." + method + "." + component.getName();
      if (value instanceof ViewSettings views) {
        boolean part = isPart(component.getName());
        boolean smallCrops =
            views.minScale() < views.maxScale()
                && views.size() < input
                && 5 * views.size() >= 3 * input;
        if (!part && !smallCrops && views.size() != input) {
          out.add(
              "%s.size is %d and %s is %d: the network learns from views of another size than it serves"
                  .formatted(key, views.size(), INPUT, input));
        }
        if (views.size() > maxSide) {
          out.add(
              "%s.size is %d and learner.replay.maxSide is %d: every view is enlarged"
                  .formatted(key, views.size(), maxSide));
        }
        if (part) {
          few(out, key + ".size", views.size(), backbone);
        }
      } else if (value instanceof PatchSettings patches && patches.views() > 0) {
        few(out, key + ".size", patches.size(), backbone);
      } else if (value instanceof PatchGridSettings grid) {
        few(out, key + ".patch", grid.patch(), backbone);
        enlarged(out, key + ".size", grid.size(), maxSide);
      } else if (value instanceof TileSettings tiles) {
        few(out, key + ".tile", tiles.tile(), backbone);
        enlarged(out, key + ".size", tiles.size(), maxSide);
      }
    }
    return List.copyOf(out);
  }

  private static void enlarged(List<String> out, String key, int size, int maxSide) {
    if (size > maxSide) {
      out.add(
          "%s is %d and learner.replay.maxSide is %d: every crop is enlarged"
              .formatted(key, size, maxSide));
    }
  }

  private static void few(List<String> out, String key, int size, BackboneSettings backbone) {
    if (size < backbone.cellSide()) {
      out.add(
          "%s is %d and a cell of the last stage of model.backbone (%s) covers %d pixels: a part is less than a cell"
              .formatted(key, size, backbone.inWords(), backbone.cellSide()));
    }
  }

  private static Object valueOf(RecordComponent component, Record settings) {
    try {
      return component.getAccessor().invoke(settings);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("can't read " + component, e);
    }
  }
}
