package io.millrace.learner.method.settings;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.OneOf;
import io.millrace.ingest.settings.Range;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.ResNets;
import io.millrace.learner.tensor.VisionTransformers;
import java.util.TreeSet;

/** The network that learns to see. */
public record BackboneSettings(
    @Doc("resnet18, resnet34, resnet50, vit-tiny or vit-small") String architecture,
    @Doc(
            "of a ResNet: small (3×3, stride 1, for images of about 32 pixels) or large "
                + "(7×7, stride 2, pooling)")
        @OneOf({"small", "large"})
        String stem,
    @Doc(
            "factor on every channel count; 0.25 gives a ResNet 16 channels in the first "
                + "stage, a transformer heads of 16 features")
        @Range(min = 0.125, max = 4)
        double width,
    @Doc("of a transformer: side of a patch in pixels; every view's side is a multiple " + "of it")
        @Range(min = 2, max = 64)
        int patchSize,
    @Doc("of a transformer: blocks") @Range(min = 1, max = 48) int depth,
    @Doc(
            "of a ResNet: whether the last normalization of each block begins at weight 0, so that "
                + "blocks are idle at first")
        boolean zeroLastNorm,
    @Doc(
            "path of a safetensors file that student and teacher begin from: a release's weights,"
                + " an exported file, or one with torchvision's or timm's names; empty to begin"
                + " with chance")
        String weights,
    @Doc("updates for which the backbone stays as it is, while fresh heads learn") @Range(min = 0)
        long frozenUpdates,
    @Doc("factor on the backbone's rate, beside its heads'") @Range(over = 0, max = 1)
        double rateFactor) {
  public BackboneSettings {
    Allowed.check(
        BackboneSettings.class,
        architecture,
        stem,
        width,
        patchSize,
        depth,
        zeroLastNorm,
        weights,
        frozenUpdates,
        rateFactor);
    var architectures = new TreeSet<>(ResNets.names());
    architectures.addAll(VisionTransformers.names());
    if (!architectures.contains(architecture)) {
      throw new IllegalArgumentException(
          "architecture is '" + architecture + "': expected one of " + architectures);
    }
  }

  /** Begun with chance and learned at the heads' rate. */
  public BackboneSettings(
      String architecture, String stem, double width, int patchSize, int depth) {
    this(architecture, stem, width, patchSize, depth, false, "", 0, 1);
  }

  /**
   * ResNet-18 with the small stem at its full width; a transformer would have timm's 12 blocks over
   * patches of 4 pixels (ours: timm's 16 leave 4 patches of an image of 32 pixels).
   */
  public static BackboneSettings defaults() {
    return new BackboneSettings("resnet18", "small", 1.0, 4, 12);
  }

  /** The same with another architecture. */
  public BackboneSettings withArchitecture(String architecture) {
    return new BackboneSettings(
        architecture,
        stem,
        width,
        patchSize,
        depth,
        zeroLastNorm,
        weights,
        frozenUpdates,
        rateFactor);
  }

  /** The same with another width. */
  public BackboneSettings withWidth(double width) {
    return new BackboneSettings(
        architecture,
        stem,
        width,
        patchSize,
        depth,
        zeroLastNorm,
        weights,
        frozenUpdates,
        rateFactor);
  }

  /** The same with other patches and another number of blocks. */
  public BackboneSettings withPatches(int patchSize, int depth) {
    return new BackboneSettings(
        architecture,
        stem,
        width,
        patchSize,
        depth,
        zeroLastNorm,
        weights,
        frozenUpdates,
        rateFactor);
  }

  /** The same with or without blocks that are idle at first. */
  public BackboneSettings withZeroLastNorm(boolean zeroLastNorm) {
    return new BackboneSettings(
        architecture,
        stem,
        width,
        patchSize,
        depth,
        zeroLastNorm,
        weights,
        frozenUpdates,
        rateFactor);
  }

  /** The same begun from a file. */
  public BackboneSettings withStart(String weights, long frozenUpdates, double rateFactor) {
    return new BackboneSettings(
        architecture,
        stem,
        width,
        patchSize,
        depth,
        zeroLastNorm,
        weights,
        frozenUpdates,
        rateFactor);
  }

  /**
   * What must be the same for a checkpoint to be gone on from, in the words that the first
   * checkpoints have. How the network began and how fast it learns may change.
   */
  public String fixed() {
    return "BackboneSettings[architecture="
        + architecture
        + ", stem="
        + stem
        + ", width="
        + width
        + ", patchSize="
        + patchSize
        + ", depth="
        + depth
        + "]";
  }

  /** Length of the feature vector. */
  public int featureDimension() {
    return isTransformer()
        ? VisionTransformers.featureDimension(architecture, width)
        : ResNets.featureDimension(architecture, width);
  }

  /**
   * Requires that the network can take images of this size: a transformer's patches must fill them.
   *
   * @param what the setting that says the size, for the message
   * @throws IllegalArgumentException naming the setting, its value and the backbone
   */
  public void requireSize(String what, int size) {
    if (isTransformer() && size % patchSize != 0) {
      throw new IllegalArgumentException(
          what
              + " is "
              + size
              + ": expected a multiple of "
              + patchSize
              + ", the patchSize of backbone "
              + architecture);
    }
  }

  /** The network's specification under a name of its own. */
  public NetworkSpec spec(String name, int size) {
    if (isTransformer()) {
      return VisionTransformers.spec(name, architecture, width, depth, patchSize, size);
    }
    ResNets.Stem first = stem.equals("small") ? ResNets.Stem.SMALL : ResNets.Stem.LARGE;
    return ResNets.spec(name, architecture, first, width, size);
  }

  boolean hasSmallStem() {
    return !isTransformer() && stem.equals("small");
  }

  boolean hasLargeStem() {
    return !isTransformer() && stem.equals("large");
  }

  /** Side in pixels of what one cell of the last map stands for. */
  int cellSide() {
    return isTransformer() ? patchSize : hasSmallStem() ? 8 : 32;
  }

  /** Cells of the last map of an input of this side. */
  int cells(int size) {
    int side = (size + cellSide() - 1) / cellSide();
    return side * side;
  }

  /** Side of the map of a stage, {@code layer1} to {@code layer4}, in cells. */
  int mapSide(int size, String stage) {
    if (isTransformer()) {
      return size / patchSize;
    }
    int halvings = stage.charAt(stage.length() - 1) - '1' + (hasLargeStem() ? 2 : 0);
    return (size + (1 << halvings) - 1) >> halvings;
  }

  String inWords() {
    return isTransformer()
        ? architecture + ", patchSize " + patchSize
        : architecture + ", stem " + stem;
  }

  /** Every input's side is a multiple of this many pixels. */
  public int sizeStep() {
    return isTransformer() ? patchSize : 1;
  }

  private boolean isTransformer() {
    return VisionTransformers.names().contains(architecture);
  }
}
