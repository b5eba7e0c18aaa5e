package io.millrace.ops.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.method.settings.ViewSizes;
import java.lang.reflect.RecordComponent;
import java.util.HashMap;
import java.util.Map;
import java.util.function.IntUnaryOperator;

/**
 * A view of a whole image keeps its share of the input's side when {@code model.preprocessing.size}
 * is set anew, unless its own size is set beside it. Patches, tiles and other parts of an image
 * have sizes of their own, as has a view whose method can't take the new size.
 */
final class ViewsFollowInput {
  private ViewsFollowInput() {}

  /**
   * The settings of all methods.
   *
   * @param before what the tree was laid over
   * @param read the outcome
   * @param tree what was set
   */
  static Map<String, Record> of(MillraceConfig before, MillraceConfig read, ObjectNode tree) {
    int was = before.model().preprocessing().size();
    int is = read.model().preprocessing().size();
    if (was == is) {
      return read.methods();
    }
    int step = read.model().backbone().sizeStep();
    IntUnaryOperator side = of -> of == was ? is : Math.round((float) of * is / was / step) * step;
    var out = new HashMap<String, Record>();
    read.methods()
        .forEach(
            (name, settings) ->
                out.put(name, follow(settings, side, was, tree.path("methods").path(name))));
    return out;
  }

  private static Record follow(Record settings, IntUnaryOperator side, int was, JsonNode set) {
    RecordComponent[] components = settings.getClass().getRecordComponents();
    Object[] values = new Object[components.length];
    boolean follows = false;
    for (int i = 0; i < components.length; i++) {
      values[i] = RecordValues.get(components[i], settings);
      if (values[i] instanceof ViewSettings view
          && (view.size() == was || !ViewSizes.isPart(components[i].getName()))
          && !set.path(components[i].getName()).has("size")) {
        values[i] = view.withSize(side.applyAsInt(view.size()));
        follows = true;
      }
    }
    try {
      return follows ? RecordValues.construct(settings, values, "") : settings;
    } catch (ConfigException cannot) {
      return settings; // said where the method is chosen: its view does not fit the input
    }
  }
}
