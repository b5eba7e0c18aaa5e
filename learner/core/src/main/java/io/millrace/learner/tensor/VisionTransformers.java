package io.millrace.learner.tensor;

import io.millrace.learner.tensor.Layer.Aside;
import io.millrace.learner.tensor.Layer.ClassToken;
import io.millrace.learner.tensor.Layer.Conv2d;
import io.millrace.learner.tensor.Layer.Gelu;
import io.millrace.learner.tensor.Layer.LayerNorm;
import io.millrace.learner.tensor.Layer.Linear;
import io.millrace.learner.tensor.Layer.Named;
import io.millrace.learner.tensor.Layer.PatchMap;
import io.millrace.learner.tensor.Layer.PatchTokens;
import io.millrace.learner.tensor.Layer.Residual;
import io.millrace.learner.tensor.Layer.SelfAttention;
import io.millrace.learner.tensor.Layer.Sequential;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Vision transformers (Dosovitskiy et al. 2021, the small ones of Touvron et al. 2021) under timm's
 * names, without the classifier: the output is the class token after the last normalization. Four
 * maps of the patch tokens are tapped under the names of a ResNet's stages, after each quarter of
 * the blocks, the last one after the last normalization. They are all of one size.
 */
public final class VisionTransformers {
  private static final int HEAD = 64;
  private static final int MLP_RATIO = 4;

  private static final Map<String, Integer> HEADS =
      new TreeMap<>(Map.of("vit-tiny", 3, "vit-small", 6));

  private VisionTransformers() {}

  /** Names of the architectures there are. */
  public static Set<String> names() {
    return HEADS.keySet();
  }

  /** Length of the class token: 64 · width, rounded, for each head. */
  public static int featureDimension(String architecture, double width) {
    return heads(architecture) * (int) Math.round(HEAD * width);
  }

  /**
   * A network's specification.
   *
   * @param name the network's name in errors and manifests
   * @param architecture vit-tiny (3 heads) or vit-small (6 heads)
   * @param width factor on the length of a head; 1 gives 192 and 384 features
   * @param depth blocks, 12 in the papers
   * @param patchSize side of a patch in pixels
   * @param size side of the images it usually sees: positions are learned for these
   * @throws IllegalArgumentException when patches do not fill the image
   */
  public static NetworkSpec spec(
      String name, String architecture, double width, int depth, int patchSize, int size) {
    int features = featureDimension(architecture, width);
    if (size % patchSize != 0) {
      throw new IllegalArgumentException(
          "patchSize is " + patchSize + ": expected a divisor of the image's size, " + size);
    }
    var children = new ArrayList<Named>();
    children.add(
        new Named("patch_embed.proj", new Conv2d(3, features, patchSize, patchSize, 0, true)));
    children.add(new Named("", new PatchTokens(features, size / patchSize)));
    int stage = 0;
    for (int block = 1; block <= depth; block++) {
      children.add(new Named("blocks." + (block - 1), block(features, heads(architecture))));
      while (stage < ResNets.STAGES.size() - 1
          && block * ResNets.STAGES.size() >= depth * (stage + 1)) {
        children.add(map(stage++));
      }
    }
    children.add(new Named("norm", LayerNorm.of(features)));
    children.add(map(stage));
    children.add(new Named("pool", new ClassToken()));
    return new NetworkSpec(name, List.of(3, size, size), children, Set.copyOf(ResNets.STAGES));
  }

  private static Named map(int stage) {
    return new Named(ResNets.STAGES.get(stage), new Aside(new PatchMap()));
  }

  private static Layer block(int features, int heads) {
    var attention =
        new Residual(
            List.of(
                new Named("norm1", LayerNorm.of(features)),
                new Named("attn", new SelfAttention(features, heads))),
            List.of());
    var mlp =
        new Residual(
            List.of(
                new Named("norm2", LayerNorm.of(features)),
                new Named("mlp.fc1", new Linear(features, MLP_RATIO * features, true)),
                new Named("mlp.act", new Gelu()),
                new Named("mlp.fc2", new Linear(MLP_RATIO * features, features, true))),
            List.of());
    return new Sequential(List.of(new Named("", attention), new Named("", mlp)));
  }

  private static int heads(String architecture) {
    Integer heads = HEADS.get(architecture);
    if (heads == null) {
      throw new IllegalArgumentException(
          "architecture is '" + architecture + "': expected one of " + HEADS.keySet());
    }
    return heads;
  }
}
