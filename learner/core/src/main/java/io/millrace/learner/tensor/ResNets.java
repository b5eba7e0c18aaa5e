package io.millrace.learner.tensor;

import io.millrace.learner.tensor.Layer.BatchNorm;
import io.millrace.learner.tensor.Layer.Conv2d;
import io.millrace.learner.tensor.Layer.GlobalAveragePool;
import io.millrace.learner.tensor.Layer.MaxPool2d;
import io.millrace.learner.tensor.Layer.Named;
import io.millrace.learner.tensor.Layer.Relu;
import io.millrace.learner.tensor.Layer.Residual;
import io.millrace.learner.tensor.Layer.Sequential;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Residual networks (He et al. 2016) under torchvision's names, without the classifier: the output
 * is the globally average pooled feature, the stages {@code layer1} to {@code layer4} are tapped.
 */
public final class ResNets {
  /** Names of the four stages. */
  public static final List<String> STAGES = List.of("layer1", "layer2", "layer3", "layer4");

  private static final Pattern NORM_OF_A_BLOCK =
      Pattern.compile("(layer\\d\\.\\d+)\\.bn\\d\\.weight");

  private static final Map<String, Shape> SHAPES =
      new TreeMap<>(
          Map.of(
              "resnet18", new Shape(false, List.of(2, 2, 2, 2)),
              "resnet34", new Shape(false, List.of(3, 4, 6, 3)),
              "resnet50", new Shape(true, List.of(3, 4, 6, 3))));

  private ResNets() {}

  /** First layers of a network. */
  public enum Stem {
    /** 3×3 convolution of stride 1 and no pooling, for images of about 32 pixels. */
    SMALL,
    /** 7×7 convolution of stride 2 and 3×3 max pooling of stride 2, as on ImageNet. */
    LARGE
  }

  private record Shape(boolean bottleneck, List<Integer> blocks) {
    int expansion() {
      return bottleneck ? 4 : 1;
    }
  }

  /** Names of the architectures there are. */
  public static Set<String> names() {
    return SHAPES.keySet();
  }

  /** Weights of the last normalization in each block's body; none where there are no blocks. */
  static List<Segment> lastNorms(SegmentLayout layout) {
    var last = new LinkedHashMap<String, Segment>();
    for (Segment segment : layout.parameters()) {
      Matcher block = NORM_OF_A_BLOCK.matcher(segment.name());
      if (block.matches()) {
        last.put(block.group(1), segment); // the body's norms come in order
      }
    }
    return List.copyOf(last.values());
  }

  /** Channels of the first stage: 64 · width, rounded. */
  static int channels(double width) {
    return (int) Math.round(64 * width);
  }

  /** Length of the pooled feature. */
  public static int featureDimension(String architecture, double width) {
    return 8 * channels(width) * shape(architecture).expansion();
  }

  /**
   * A network's specification.
   *
   * @param name the network's name in errors and manifests
   * @param architecture resnet18, resnet34 or resnet50
   * @param width factor on every channel count; 0.25 gives 16 channels in the first stage
   * @param size side of the images it usually sees, a hint only
   */
  public static NetworkSpec spec(
      String name, String architecture, Stem stem, double width, int size) {
    Shape shape = shape(architecture);
    int channels = channels(width);
    var children = new ArrayList<Named>();
    if (stem == Stem.SMALL) {
      children.add(new Named("conv1", new Conv2d(3, channels, 3, 1, 1, false)));
    } else {
      children.add(new Named("conv1", new Conv2d(3, channels, 7, 2, 3, false)));
    }
    children.add(new Named("bn1", BatchNorm.of(channels)));
    children.add(new Named("relu", new Relu()));
    if (stem == Stem.LARGE) {
      children.add(new Named("maxpool", new MaxPool2d(3, 2, 1)));
    }
    int in = channels;
    for (int stage = 0; stage < STAGES.size(); stage++) {
      int planes = channels << stage;
      var blocks = new ArrayList<Named>();
      for (int block = 0; block < shape.blocks().get(stage); block++) {
        int stride = block == 0 && stage > 0 ? 2 : 1;
        blocks.add(new Named(Integer.toString(block), block(shape, in, planes, stride)));
        in = planes * shape.expansion();
      }
      children.add(new Named(STAGES.get(stage), new Sequential(blocks)));
    }
    children.add(new Named("avgpool", new GlobalAveragePool()));
    return new NetworkSpec(name, List.of(3, size, size), children, Set.copyOf(STAGES));
  }

  private static Layer block(Shape shape, int in, int planes, int stride) {
    int out = planes * shape.expansion();
    List<Named> body =
        shape.bottleneck()
            ? List.of(
                new Named("conv1", new Conv2d(in, planes, 1, 1, 0, false)),
                new Named("bn1", BatchNorm.of(planes)),
                new Named("relu1", new Relu()),
                new Named("conv2", new Conv2d(planes, planes, 3, stride, 1, false)),
                new Named("bn2", BatchNorm.of(planes)),
                new Named("relu2", new Relu()),
                new Named("conv3", new Conv2d(planes, out, 1, 1, 0, false)),
                new Named("bn3", BatchNorm.of(out)))
            : List.of(
                new Named("conv1", new Conv2d(in, planes, 3, stride, 1, false)),
                new Named("bn1", BatchNorm.of(planes)),
                new Named("relu1", new Relu()),
                new Named("conv2", new Conv2d(planes, planes, 3, 1, 1, false)),
                new Named("bn2", BatchNorm.of(planes)));
    List<Named> shortcut =
        stride == 1 && in == out
            ? List.of()
            : List.of(
                new Named("downsample.0", new Conv2d(in, out, 1, stride, 0, false)),
                new Named("downsample.1", BatchNorm.of(out)));
    return new Sequential(
        List.of(new Named("", new Residual(body, shortcut)), new Named("relu", new Relu())));
  }

  private static Shape shape(String architecture) {
    Shape shape = SHAPES.get(architecture);
    if (shape == null) {
      throw new IllegalArgumentException(
          "architecture is '" + architecture + "': expected one of " + SHAPES.keySet());
    }
    return shape;
  }
}
