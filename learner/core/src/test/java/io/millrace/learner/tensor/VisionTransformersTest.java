package io.millrace.learner.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class VisionTransformersTest {
  /** timm's counts for patches of 16 pixels and images of 224, without the classifier. */
  @Test
  void haveTimmsNumberOfParameters() {
    assertThat(layout("vit-tiny").parameterCount()).isEqualTo(5_524_416);
    assertThat(layout("vit-small").parameterCount()).isEqualTo(21_665_664);
    assertThat(layout("vit-tiny").statisticCount()).isZero();
  }

  @Test
  void haveTimmsNames() {
    List<String> names = layout("vit-tiny").parameters().stream().map(Segment::name).toList();
    assertThat(names)
        .hasSize(4 + 12 * 12 + 2)
        .startsWith("patch_embed.proj.weight", "patch_embed.proj.bias", "cls_token", "pos_embed")
        .containsSubsequence(
            "blocks.0.norm1.weight",
            "blocks.0.norm1.bias",
            "blocks.0.attn.qkv.weight",
            "blocks.0.attn.qkv.bias",
            "blocks.0.attn.proj.weight",
            "blocks.0.attn.proj.bias",
            "blocks.0.norm2.weight",
            "blocks.0.norm2.bias",
            "blocks.0.mlp.fc1.weight",
            "blocks.0.mlp.fc1.bias",
            "blocks.0.mlp.fc2.weight",
            "blocks.0.mlp.fc2.bias",
            "blocks.1.norm1.weight")
        .endsWith("norm.weight", "norm.bias");
    Segment positions =
        layout("vit-small").parameters().stream()
            .filter(s -> s.name().equals("pos_embed"))
            .findFirst()
            .orElseThrow();
    assertThat(positions.shape()).containsExactly(1L, 197L, 384L);
  }

  @Test
  void tapAfterEachQuarterOfTheBlocks() {
    assertThat(order(12)).containsExactly("3 layer1", "6 layer2", "9 layer3", "12 layer4");
    assertThat(order(6)).containsExactly("2 layer1", "3 layer2", "5 layer3", "6 layer4");
    assertThat(order(2)).containsExactly("1 layer1", "1 layer2", "2 layer3", "2 layer4");
    assertThat(order(1)).containsExactly("1 layer1", "1 layer2", "1 layer3", "1 layer4");
  }

  /** Each tap with the number of blocks before it. */
  private static List<String> order(int depth) {
    List<Layer.Named> children =
        VisionTransformers.spec("net", "vit-tiny", 0.125, depth, 4, 32).children();
    return children.stream()
        .filter(child -> child.layer() instanceof Layer.Aside)
        .map(
            child ->
                children.subList(0, children.indexOf(child)).stream()
                        .filter(before -> before.name().startsWith("blocks."))
                        .count()
                    + " "
                    + child.name())
        .toList();
  }

  @Test
  void tellTheirFeatures() {
    NetworkSpec narrow = VisionTransformers.spec("net", "vit-tiny", 0.25, 2, 4, 32);
    assertThat(OutputFeatures.of(narrow)).isEqualTo(48);
    assertThat(OutputFeatures.of(narrow, "layer2")).isEqualTo(48);
    assertThat(VisionTransformers.featureDimension("vit-small", 1)).isEqualTo(384);
    assertThatThrownBy(() -> VisionTransformers.featureDimension("vit-huge", 1))
        .hasMessage("architecture is 'vit-huge': expected one of [vit-small, vit-tiny]");
    assertThatThrownBy(() -> VisionTransformers.spec("net", "vit-tiny", 1, 2, 5, 32))
        .hasMessage("patchSize is 5: expected a divisor of the image's size, 32");
  }

  @Test
  void positionsAreResampled() {
    assertThat(PositionGrid.resampling(3, 3)).containsExactly(1, 0, 0, 0, 1, 0, 0, 0, 1);
    for (int to : new int[] {1, 2, 5, 14}) {
      double[] matrix = PositionGrid.resampling(7, to);
      for (int row = 0; row < to; row++) {
        assertThat(Arrays.stream(matrix, row * 7, row * 7 + 7).sum())
            .isCloseTo(1, Offset.offset(1e-12));
      }
    }
    assertThatThrownBy(() -> PositionGrid.resampling(7, 0)).hasMessageContaining("side 0");
  }

  private static SegmentLayout layout(String architecture) {
    return SegmentLayout.of(VisionTransformers.spec("net", architecture, 1, 12, 16, 224));
  }
}
