package io.millrace.learner.method.registry;

import io.millrace.learner.method.Method;
import io.millrace.learner.method.bow.BownetMethod;
import io.millrace.learner.method.bow.BownetSettings;
import io.millrace.learner.method.bow.FeatureReconstructionMethod;
import io.millrace.learner.method.bow.FeatureReconstructionSettings;
import io.millrace.learner.method.bow.ObowMethod;
import io.millrace.learner.method.bow.ObowSettings;
import io.millrace.learner.method.distillation.DistillationMethod;
import io.millrace.learner.method.distillation.DistillationSettings;
import io.millrace.learner.method.generative.AutoencoderMethod;
import io.millrace.learner.method.generative.AutoencoderSettings;
import io.millrace.learner.method.generative.BiganMethod;
import io.millrace.learner.method.generative.BiganSettings;
import io.millrace.learner.method.generative.DenoisingMethod;
import io.millrace.learner.method.generative.DenoisingSettings;
import io.millrace.learner.method.generative.GanMethod;
import io.millrace.learner.method.generative.GanSettings;
import io.millrace.learner.method.generative.InpaintingMethod;
import io.millrace.learner.method.generative.InpaintingSettings;
import io.millrace.learner.method.joint.BarlowTwinsMethod;
import io.millrace.learner.method.joint.BarlowTwinsSettings;
import io.millrace.learner.method.joint.ByolMethod;
import io.millrace.learner.method.joint.ByolSettings;
import io.millrace.learner.method.joint.CmpMethod;
import io.millrace.learner.method.joint.CmpSettings;
import io.millrace.learner.method.joint.DinoMethod;
import io.millrace.learner.method.joint.DinoSettings;
import io.millrace.learner.method.joint.MocoMethod;
import io.millrace.learner.method.joint.MocoSettings;
import io.millrace.learner.method.joint.SimClrMethod;
import io.millrace.learner.method.joint.SimClrSettings;
import io.millrace.learner.method.joint.SimSiamMethod;
import io.millrace.learner.method.joint.SimSiamSettings;
import io.millrace.learner.method.joint.VicRegMethod;
import io.millrace.learner.method.joint.VicRegSettings;
import io.millrace.learner.method.pretext.ColorizationMethod;
import io.millrace.learner.method.pretext.ColorizationSettings;
import io.millrace.learner.method.pretext.JigsawMethod;
import io.millrace.learner.method.pretext.JigsawSettings;
import io.millrace.learner.method.pretext.RelativeLocationMethod;
import io.millrace.learner.method.pretext.RelativeLocationSettings;
import io.millrace.learner.method.pretext.RotationMethod;
import io.millrace.learner.method.pretext.RotationSettings;
import io.millrace.learner.method.settings.BackboneSettings;
import io.millrace.learner.method.settings.MixSettings;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.method.settings.ViewSizes;
import io.millrace.learner.method.step.SinglePassMethod;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

/** The methods there are. A new one is one more line. */
public final class Methods {
  private static final List<Entry<?>> ENTRIES =
      List.of(
          new Entry<>(
              ByolMethod.NAME, ByolSettings.class, ByolSettings.defaults(), ByolMethod::new),
          new Entry<>(
              ObowMethod.NAME, ObowSettings.class, ObowSettings.defaults(), ObowMethod::new),
          new Entry<>(
              RotationMethod.NAME,
              RotationSettings.class,
              RotationSettings.defaults(),
              RotationMethod::new),
          new Entry<>(
              RelativeLocationMethod.NAME,
              RelativeLocationSettings.class,
              RelativeLocationSettings.defaults(),
              RelativeLocationMethod::new),
          new Entry<>(
              JigsawMethod.NAME,
              JigsawSettings.class,
              JigsawSettings.defaults(),
              JigsawMethod::new),
          new Entry<>(
              ColorizationMethod.NAME,
              ColorizationSettings.class,
              ColorizationSettings.defaults(),
              ColorizationMethod::new),
          new Entry<>(
              AutoencoderMethod.NAME,
              AutoencoderSettings.class,
              AutoencoderSettings.defaults(),
              AutoencoderMethod::new),
          new Entry<>(
              DenoisingMethod.NAME,
              DenoisingSettings.class,
              DenoisingSettings.defaults(),
              DenoisingMethod::new),
          new Entry<>(
              InpaintingMethod.NAME,
              InpaintingSettings.class,
              InpaintingSettings.defaults(),
              InpaintingMethod::new),
          new Entry<>(GanMethod.NAME, GanSettings.class, GanSettings.defaults(), GanMethod::new),
          new Entry<>(
              BiganMethod.NAME, BiganSettings.class, BiganSettings.defaults(), BiganMethod::new),
          new Entry<>(
              FeatureReconstructionMethod.NAME,
              FeatureReconstructionSettings.class,
              FeatureReconstructionSettings.defaults(),
              FeatureReconstructionMethod::new),
          new Entry<>(
              BownetMethod.NAME,
              BownetSettings.class,
              BownetSettings.defaults(),
              BownetMethod::new),
          new Entry<>(
              SimSiamMethod.NAME,
              SimSiamSettings.class,
              SimSiamSettings.defaults(),
              SimSiamMethod::new),
          new Entry<>(
              DinoMethod.NAME, DinoSettings.class, DinoSettings.defaults(), DinoMethod::new),
          new Entry<>(
              SimClrMethod.NAME,
              SimClrSettings.class,
              SimClrSettings.defaults(),
              SimClrMethod::new),
          new Entry<>(
              MocoMethod.NAME, MocoSettings.class, MocoSettings.defaults(), MocoMethod::new),
          new Entry<>(
              BarlowTwinsMethod.NAME,
              BarlowTwinsSettings.class,
              BarlowTwinsSettings.defaults(),
              BarlowTwinsMethod::new),
          new Entry<>(
              VicRegMethod.NAME,
              VicRegSettings.class,
              VicRegSettings.defaults(),
              VicRegMethod::new),
          new Entry<>(CmpMethod.NAME, CmpSettings.class, CmpSettings.defaults(), CmpMethod::new),
          new Entry<>(
              DistillationMethod.NAME,
              DistillationSettings.class,
              DistillationSettings.defaults(),
              DistillationMethod::new));

  private Methods() {}

  private record Entry<S extends Record>(
      String name, Class<S> type, S defaults, BiFunction<ModelSettings, S, Method> factory) {
    Method create(ModelSettings model, Record settings) {
      if (!type.isInstance(settings)) {
        throw new IllegalArgumentException(
            "settings of method "
                + name
                + " are a "
                + settings.getClass().getSimpleName()
                + ": expected a "
                + type.getSimpleName());
      }
      ViewSizes.require(name, model, settings);
      return factory.apply(model, type.cast(settings));
    }
  }

  /** Names of all methods. */
  public static List<String> names() {
    return ENTRIES.stream().<String>map(Entry::name).toList();
  }

  /** Names of the methods that learn from images alone; the others need another model. */
  public static List<String> fromImagesAlone() {
    return names().stream().filter(name -> !name.equals(DistillationMethod.NAME)).toList();
  }

  /**
   * A method's settings, a record, as they are where nothing is configured.
   *
   * @throws IllegalArgumentException naming the methods there are when this is none
   */
  public static Record defaults(String name) {
    return entry(name).defaults();
  }

  /** A method with its default settings. */
  public static Method create(String name, ModelSettings model) {
    return create(name, model, defaults(name));
  }

  /**
   * A method; one that it is mixed with has its default settings.
   *
   * @param settings a record of the class that {@link #defaults} gives for this method
   */
  public static Method create(String name, ModelSettings model, Record settings) {
    return create(name, model, Map.of(name, settings));
  }

  /**
   * A method with all that the model asks it to carry.
   *
   * @param settings by name of the method, records of the classes that {@link #defaults} gives; a
   *     method that is not there has its defaults
   */
  public static Method create(String name, ModelSettings model, Map<String, Record> settings) {
    MixSettings mix = model.mix();
    requireMix("mix", mix);
    if (!mix.active()) {
      Method method = alone(name, model, settings);
      if (!(method instanceof SinglePassMethod)) {
        requireNone(name, "alignment.weight", model.alignment().weight());
        requireNone(name, "past.weight", model.past().weight());
        requireOneRate(name, model.backbone());
      }
      return method;
    }
    if (mix.method().equals(name)) {
      throw new IllegalArgumentException(
          "mix.method is '" + name + "': expected another than the method itself");
    }
    if (!(alone(name, model.alone(), settings) instanceof SinglePassMethod own)) {
      throw new IllegalArgumentException(
          "mix.method is '"
              + mix.method()
              + "': expected none, method "
              + name
              + " can't carry another objective");
    }
    if (!(alone(mix.method(), model.alone(), settings) instanceof SinglePassMethod second)) {
      throw new IllegalArgumentException(
          "mix.method is '" + mix.method() + "': expected one whose update is a single pass");
    }
    return new MixedMethod(model, own, second);
  }

  /**
   * Checks that there is the method that is to be mixed in.
   *
   * @param key where the settings stand, such as {@code model.mix}
   * @throws IllegalArgumentException naming key, value and the methods there are
   */
  public static void requireMix(String key, MixSettings mix) {
    if (mix.active() && !names().contains(mix.method())) {
      var expected = new ArrayList<>(List.of("''"));
      expected.addAll(names());
      throw new IllegalArgumentException(
          key + ".method is '" + mix.method() + "': expected one of " + expected);
    }
  }

  private static void requireNone(String name, String key, double weight) {
    if (weight > 0) {
      throw new IllegalArgumentException(
          key
              + " is "
              + weight
              + ": expected 0, method "
              + name
              + " can't carry another objective");
    }
  }

  private static void requireOneRate(String name, BackboneSettings backbone) {
    if (backbone.frozenUpdates() > 0 || backbone.rateFactor() != 1) {
      throw new IllegalArgumentException(
          "backbone.frozenUpdates is "
              + backbone.frozenUpdates()
              + " and backbone.rateFactor "
              + backbone.rateFactor()
              + ": expected 0 and 1, method "
              + name
              + " can't update its backbone otherwise than its heads");
    }
  }

  private static Method alone(String name, ModelSettings model, Map<String, Record> settings) {
    Entry<?> entry = entry(name);
    return entry.create(model, settings.getOrDefault(name, entry.defaults()));
  }

  private static Entry<?> entry(String name) {
    return ENTRIES.stream()
        .filter(entry -> entry.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "method is '" + name + "': expected one of " + names()));
  }
}
