package io.millrace.ops.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.learner.augment.ViewSettings;
import java.lang.reflect.RecordComponent;
import java.util.HashMap;
import java.util.Map;

/**
 * A view that is of the input's size stays so when {@code model.preprocessing.size} is set anew,
 * unless its own size is set beside it. Patches, tiles and other parts of an image have sizes of
 * their own, as has a view whose method can't take the new size.
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
    var out = new HashMap<String, Record>();
    read.methods()
        .forEach(
            (name, settings) ->
                out.put(name, follow(settings, was, is, tree.path("methods").path(name))));
    return out;
  }

  private static Record follow(Record settings, int was, int is, JsonNode set) {
    RecordComponent[] components = settings.getClass().getRecordComponents();
    Object[] values = new Object[components.length];
    boolean follows = false;
    for (int i = 0; i < components.length; i++) {
      values[i] = RecordValues.get(components[i], settings);
      if (values[i] instanceof ViewSettings view
          && view.size() == was
          && !set.path(components[i].getName()).has("size")) {
        values[i] = view.withSize(is);
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
