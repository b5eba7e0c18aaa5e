package io.millrace.learner.method.registry;

import io.millrace.learner.method.AuxiliaryHook;
import io.millrace.learner.method.Method;
import io.millrace.learner.method.distillation.DistillationHook;
import io.millrace.learner.method.distillation.DistillationMethod;
import io.millrace.learner.method.distillation.DistillationSettings;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/** The auxiliary losses of a release: its method's own, and distillation from it. */
public final class AuxiliaryHooks {
  private AuxiliaryHooks() {}

  /**
   * Hooks by the method whose loss they are. Any release can teach by distillation, with the
   * default objective unless it was learned that way itself.
   *
   * @param method that the release was learned by
   * @param representation name of the network that embeds
   * @param features length of its output
   */
  public static SortedMap<String, AuxiliaryHook> of(
      Method method, String representation, int features) {
    var hooks = new TreeMap<String, AuxiliaryHook>();
    hooks.put(
        DistillationMethod.NAME,
        new DistillationHook(representation, features, DistillationSettings.defaults()));
    method.hook().ifPresent(own -> hooks.put(method.name(), own));
    return Collections.unmodifiableSortedMap(hooks);
  }
}
