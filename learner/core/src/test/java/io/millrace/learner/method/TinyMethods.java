package io.millrace.learner.method;

import io.millrace.learner.augment.PatchGridSettings;
import io.millrace.learner.augment.PatchSettings;
import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.augment.TileSettings;
import io.millrace.learner.augment.ViewSettings;
import io.millrace.learner.augment.task.HoleSettings;
import io.millrace.learner.augment.task.NoiseSettings;
import io.millrace.learner.method.bow.BownetMethod;
import io.millrace.learner.method.bow.BownetSettings;
import io.millrace.learner.method.bow.FeatureReconstructionMethod;
import io.millrace.learner.method.bow.FeatureReconstructionSettings;
import io.millrace.learner.method.bow.ObowMethod;
import io.millrace.learner.method.bow.ObowSettings;
import io.millrace.learner.method.distillation.DistillationMethod;
import io.millrace.learner.method.distillation.DistillationSettings;
import io.millrace.learner.method.distillation.ReleasedTeacher;
import io.millrace.learner.method.generative.AdversarySettings;
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
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.optim.OptimizerSettings;
import io.millrace.learner.optim.ScheduleSettings;
import io.millrace.learner.tensor.Decoders;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.NetworkSpec;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A tiny variant of every method: a few hundred parameters, views so alike that a few updates tell.
 * {@link EveryMethodContract} checks them all on every engine; a method that is not here fails
 * {@link TinyMethodsTest}.
 */
final class TinyMethods {
  /** Weight decay of {@link #SGD}. */
  static final double DECAY = 5e-4;

  static final OptimizerSettings SGD =
      OptimizerSettings.defaults().withWeightDecay(DECAY).withDecayAll(true);
  static final ScheduleSettings RATE = ScheduleSettings.constant(0.05, 0);

  /** A rate at which nothing moves. */
  static final ScheduleSettings STILL = ScheduleSettings.constant(1e-12, 0);

  static final ModelSettings MODEL =
      new ModelSettings(3, BackboneSettings.defaults(), Preprocessing.defaults().withSize(16));

  /** Teacher momentum of BYOL, OBoW and feature reconstruction. */
  static final double QUICK = 0.9;

  /** Keys in a queue, and a center, mean something while the teacher is slower than they are. */
  static final double SLOW = 0.99;

  /** Large crops with a little jitter. */
  static final ViewSettings VIEW = ViewSettings.plain(0.8).withSize(16).withFlip(0);

  private static final NetworkSpec BACKBONE = TinyMethodContract.tiny();
  private static final int LATENT = 6;

  private static final Map<String, TinyMethod> ALL = new LinkedHashMap<>();

  static {
    ALL.put("byol", TinyMethod.of(() -> new ByolMethod(MODEL, BACKBONE, byol())));
    ALL.put("obow", TinyMethod.of(() -> new ObowMethod(MODEL, BACKBONE, obow())));
    ALL.put("rotation", TinyMethod.of(TinyMethods::rotation));
    ALL.put("relative-location", TinyMethod.of(TinyMethods::relativeLocation));
    ALL.put("jigsaw", TinyMethod.of(TinyMethods::jigsaw));
    ALL.put("colorization", TinyMethod.of(TinyMethods::colorization));
    ALL.put("autoencoder", TinyMethod.of(() -> autoencoder(still())));
    ALL.put("denoising", TinyMethod.of(() -> denoising(still())));
    ALL.put("inpainting", TinyMethod.of(() -> inpainting(still())));
    ALL.put("gan", gan());
    ALL.put("bigan", bigan());
    ALL.put("feature-reconstruction", TinyMethod.of(() -> featureReconstruction(still())));
    ALL.put("bownet", TinyMethod.of(() -> bownet(1, 1, 9))); // predicts from its third step on
    ALL.put("simsiam", TinyMethod.of(TinyMethods::simSiam));
    ALL.put("dino", TinyMethod.of(() -> dino(0, 4)));
    ALL.put("simclr", TinyMethod.of(TinyMethods::simClr));
    // A queue must not hold other keys of the very images that are to be found in it.
    ALL.put(
        "moco",
        TinyMethod.of(TinyMethods::moco)
            .learningFrom(step -> Blobs.batch(step, 16 * (step % 8), 16)));
    ALL.put("barlow-twins", TinyMethod.of(TinyMethods::barlowTwins));
    ALL.put("vicreg", TinyMethod.of(TinyMethods::vicReg));
    ALL.put("cmp", TinyMethod.of(TinyMethods::cmp));
    ALL.put(
        "distillation",
        new TinyMethod((engine, directory) -> distillation("cosine", engine, directory)));
  }

  private TinyMethods() {}

  /** The method's tiny variant; empty where there is none. */
  static Optional<TinyMethod> find(String name) {
    return Optional.ofNullable(ALL.get(name));
  }

  /** The method's tiny variant on an engine. */
  static Method create(String name, Engine engine, Path directory) {
    return find(name)
        .orElseThrow(() -> new IllegalArgumentException("method " + name + " has no tiny variant"))
        .create(engine, directory);
  }

  /** Names of all tiny variants. */
  static Iterable<String> names() {
    return ALL.keySet();
  }

  private static ByolSettings byol() {
    ByolSettings d = ByolSettings.defaults();
    return new ByolSettings(
        d.firstView().withSize(16), d.secondView().withSize(16), 8, 10, 12, QUICK, SGD, RATE);
  }

  private static ObowSettings obow() {
    ObowSettings d = ObowSettings.defaults();
    return new ObowSettings(
        d.crops().withSize(16),
        new PatchSettings(2, 8, 16, 2, 0.6, 1),
        d.levels(),
        16,
        d.vocabularyUpdate(),
        d.assignment(),
        d.inverseDelta(),
        d.distanceMomentum(),
        d.pooling(),
        d.kappa(),
        QUICK,
        SGD,
        RATE);
  }

  private static Method rotation() {
    ViewSettings view = ViewSettings.plain(1).withSize(16);
    return new RotationMethod(
        MODEL, BACKBONE, new RotationSettings(view, SGD.withNesterov(true), RATE));
  }

  private static Method relativeLocation() {
    var patches = new PatchGridSettings(16, 4, 1, 1, 1, 1, 0, 0.3);
    return new RelativeLocationMethod(
        MODEL, BACKBONE, new RelativeLocationSettings(patches, 16, SGD, RATE));
  }

  private static Method jigsaw() {
    var tiles = new TileSettings(16, 4, 1, 1, 0, 0.3);
    return new JigsawMethod(MODEL, BACKBONE, new JigsawSettings(tiles, 4, 16, SGD, RATE));
  }

  private static Method colorization() {
    ViewSettings view = ViewSettings.plain(1).withSize(16);
    return new ColorizationMethod(
        MODEL, BACKBONE, new ColorizationSettings(view, 30, 15, 0.5, 0.9, 5, 8, 2, SGD, RATE));
  }

  /** The whole image, always the same, so that a few steps can learn it. */
  static ViewSettings still() {
    return ViewSettings.plain(1).withSize(16).withFlip(0);
  }

  private static NetworkSpec decoder() {
    return Decoders.decoder("decoder", 8, 16, 16);
  }

  static Method autoencoder(ViewSettings view) {
    return new AutoencoderMethod(
        MODEL, BACKBONE, decoder(), new AutoencoderSettings(view, 16, SGD, RATE));
  }

  static Method denoising(ViewSettings view) {
    return new DenoisingMethod(
        MODEL,
        BACKBONE,
        decoder(),
        new DenoisingSettings(view, NoiseSettings.defaults(), 16, SGD, RATE));
  }

  static Method inpainting(ViewSettings view) {
    return new InpaintingMethod(
        MODEL,
        BACKBONE,
        decoder(),
        new InpaintingSettings(view, HoleSettings.center(), 0.1, 16, SGD, RATE));
  }

  /** With a discriminator beside the error. */
  static Method deceivingInpainting(ViewSettings view) {
    return new InpaintingMethod(
        MODEL,
        BACKBONE,
        decoder(),
        new InpaintingSettings(
            view,
            HoleSettings.blocks(3, 0.25),
            0.1,
            16,
            SGD,
            RATE,
            new AdversarySettings(0.1, 16, SGD, RATE)));
  }

  static Method featureReconstruction(ViewSettings view) {
    return new FeatureReconstructionMethod(
        MODEL,
        BACKBONE,
        new FeatureReconstructionSettings(view, HoleSettings.blocks(2, 0.25), 8, QUICK, SGD, RATE));
  }

  /** The generator's loss is of the discriminator after its update, so that one stands still. */
  private static TinyMethod gan() {
    return TinyMethod.of(() -> gan(1, STILL, RATE)).withLoss("generator", "generatorLoss");
  }

  static Method gan(int discriminatorSteps, ScheduleSettings d, ScheduleSettings g) {
    var settings =
        new GanSettings(still(), LATENT, 16, discriminatorSteps, GanSettings.adam(), d, g);
    var generator = Decoders.generator("generator", LATENT, 16, 16);
    return new GanMethod(MODEL, BACKBONE, generator, settings);
  }

  private static TinyMethod bigan() {
    return TinyMethod.of(() -> bigan(1, STILL, RATE))
        .withLoss("generator", "generatorLoss")
        .withLoss("student", "generatorLoss")
        .withLoss("encoderHead", "generatorLoss");
  }

  static Method bigan(int discriminatorSteps, ScheduleSettings d, ScheduleSettings g) {
    var settings =
        new BiganSettings(still(), LATENT, 16, 8, discriminatorSteps, GanSettings.adam(), d, g);
    return new BiganMethod(
        MODEL,
        BACKBONE,
        Decoders.generator("generator", LATENT, 16, 16),
        Decoders.discriminator("discriminator", 16, 8, 16),
        settings);
  }

  static Method bownet(long rotation, long vocabulary, long prediction) {
    return new BownetMethod(
        MODEL,
        BACKBONE,
        new BownetSettings(still(), 16, 5, rotation, vocabulary, prediction, SGD, RATE));
  }

  private static Method simSiam() {
    return new SimSiamMethod(
        MODEL, BACKBONE, new SimSiamSettings(VIEW, VIEW, 2, 10, 12, 8, SGD, RATE));
  }

  static Method dino(int frozen, int warmUp) {
    ViewSettings local = VIEW.withViews(2).withSize(8).withScale(0.08, 0.4);
    return new DinoMethod(
        MODEL,
        BACKBONE,
        new DinoSettings(
            VIEW, VIEW, true, local, 10, 8, 12, 0.1, 0.04, 0.05, warmUp, frozen, 0.9, SLOW, SGD,
            RATE));
  }

  private static Method simClr() {
    return new SimClrMethod(MODEL, BACKBONE, new SimClrSettings(VIEW, VIEW, 10, 8, 0.3, SGD, RATE));
  }

  private static Method moco() {
    return new MocoMethod(
        MODEL, BACKBONE, new MocoSettings(VIEW, VIEW, 10, 8, 24, 0.3, SLOW, SGD, RATE));
  }

  private static Method barlowTwins() {
    return new BarlowTwinsMethod(
        MODEL, BACKBONE, new BarlowTwinsSettings(VIEW, VIEW, 10, 8, 0.01, 0.1, SGD, RATE));
  }

  private static Method vicReg() {
    return new VicRegMethod(
        MODEL, BACKBONE, new VicRegSettings(VIEW, VIEW, 10, 8, 5, 5, 0.2, SGD, RATE));
  }

  private static Method cmp() {
    return new CmpMethod(
        MODEL,
        BACKBONE,
        new CmpSettings(VIEW.withViews(3), 10, 12, 8, 1, 0.05, 0.2, SLOW, SGD, RATE));
  }

  /** From a released network, which is written into the directory. */
  static Method distillation(String target, Engine engine, Path directory) {
    String teacher =
        ReleasedTeacher.release(
            engine,
            MODEL.backbone().withWidth(0.125).spec("student", 16),
            MODEL.preprocessing(),
            9,
            directory);
    return new DistillationMethod(
        MODEL, BACKBONE, new DistillationSettings(teacher, VIEW, target, 2, SGD, RATE));
  }
}
