package io.millrace.learner.release;

import io.millrace.learner.checkpoint.HostTensor;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.ResNets;
import io.millrace.learner.tensor.VisionTransformers;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Tells the network from the names and shapes that torchvision and timm give its tensors. */
final class BackboneNames {
  private static final int RESNET_CHANNELS = 64;
  private static final int SMALL_KERNEL = 3;

  private BackboneNames() {}

  /**
   * The network's specification.
   *
   * @param size side of the images it is to see; a transformer's positions say it themselves
   * @throws IllegalArgumentException naming the file where it is no network that Millrace has
   */
  static NetworkSpec spec(String file, Map<String, HostTensor> tensors, String name, int size) {
    NetworkSpec spec =
        tensors.containsKey("pos_embed") ? transformer(tensors, name) : resNet(tensors, name, size);
    if (spec == null) {
      throw new IllegalArgumentException(
          file
              + " holds no backbone under torchvision's or timm's names: expected one of "
              + ResNets.names()
              + " or "
              + VisionTransformers.names());
    }
    BackboneFit.require(file, tensors, spec);
    return spec;
  }

  private static @Nullable NetworkSpec resNet(
      Map<String, HostTensor> tensors, String name, int size) {
    List<Long> first = shape(tensors, "conv1.weight", 4);
    if (first == null) {
      return null;
    }
    boolean bottleneck = tensors.containsKey("layer1.0.conv3.weight");
    String architecture =
        bottleneck ? "resnet50" : blocks(tensors, "layer1.") == 2 ? "resnet18" : "resnet34";
    ResNets.Stem stem = first.get(2) == SMALL_KERNEL ? ResNets.Stem.SMALL : ResNets.Stem.LARGE;
    double width = first.get(0) / (double) RESNET_CHANNELS;
    return ResNets.spec(name, architecture, stem, width, size);
  }

  private static @Nullable NetworkSpec transformer(Map<String, HostTensor> tensors, String name) {
    List<Long> patches = shape(tensors, "patch_embed.proj.weight", 4);
    List<Long> positions = shape(tensors, "pos_embed", 3);
    if (patches == null || positions == null) {
      return null;
    }
    for (String architecture : VisionTransformers.names()) {
      if (VisionTransformers.featureDimension(architecture, 1) == patches.get(0)) {
        int patch = patches.get(2).intValue();
        int grid = (int) Math.round(Math.sqrt(positions.get(1) - 1.0));
        int depth = blocks(tensors, "blocks.");
        return VisionTransformers.spec(name, architecture, 1, depth, patch, grid * patch);
      }
    }
    return null;
  }

  /** How many numbers follow a prefix, from 0 on. */
  private static int blocks(Map<String, HostTensor> tensors, String prefix) {
    int n = 0;
    while (starts(tensors, prefix + n + ".")) {
      n++;
    }
    return n;
  }

  private static boolean starts(Map<String, HostTensor> tensors, String prefix) {
    return tensors.keySet().stream().anyMatch(name -> name.startsWith(prefix));
  }

  private static @Nullable List<Long> shape(
      Map<String, HostTensor> tensors, String name, int lengths) {
    HostTensor tensor = tensors.get(name);
    return tensor == null || tensor.shape().size() != lengths ? null : tensor.shape();
  }
}
