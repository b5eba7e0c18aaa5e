package io.millrace.learner.method.settings;

import io.millrace.learner.augment.PatchGridSettings;
import io.millrace.learner.augment.PatchSettings;
import io.millrace.learner.augment.TileSettings;
import io.millrace.learner.augment.ViewSettings;
import java.lang.reflect.RecordComponent;

/** Whether a backbone can take the views that a method's settings ask for. */
final class ViewSizes {
  private ViewSizes() {}

  /**
   * Checks every group of views among the settings.
   *
   * @throws IllegalArgumentException naming the method, the setting, its value and the backbone
   */
  static void require(String method, ModelSettings model, Record settings) {
    for (RecordComponent component : settings.getClass().getRecordComponents()) {
      Object value = valueOf(component, settings);
      String key = "methods." + method + "." + component.getName();
      if (value instanceof ViewSettings views) {
        model.backbone().requireSize(key + ".size", views.size());
      } else if (value instanceof PatchSettings patches && patches.views() > 0) {
        model.backbone().requireSize(key + ".size", patches.size());
      } else if (value instanceof PatchGridSettings grid) {
        model.backbone().requireSize(key + ".patch", grid.patch());
      } else if (value instanceof TileSettings tiles) {
        model.backbone().requireSize(key + ".tile", tiles.tile());
      }
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
