package io.millrace.learner.method;

import java.util.List;
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
      Method method = factory.apply(model, type.cast(settings));
      if (model.alignment().active() && !(method instanceof SinglePassMethod)) {
        throw new IllegalArgumentException(
            "alignment.weight is "
                + model.alignment().weight()
                + ": expected 0, method "
                + name
                + " can't carry another objective");
      }
      return method;
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
   * A method.
   *
   * @param settings a record of the class that {@link #defaults} gives for this method
   */
  public static Method create(String name, ModelSettings model, Record settings) {
    return entry(name).create(model, settings);
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
