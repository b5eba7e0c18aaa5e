package io.millrace.learner.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.learner.tensor.ResNets.Stem;
import java.util.List;
import org.junit.jupiter.api.Test;

class ResNetsTest {
  /** torchvision's counts without the classifier. */
  @Test
  void haveTorchvisionsNumberOfParameters() {
    assertThat(parameters("resnet18", Stem.LARGE)).isEqualTo(11_176_512);
    assertThat(parameters("resnet34", Stem.LARGE)).isEqualTo(21_284_672);
    assertThat(parameters("resnet50", Stem.LARGE)).isEqualTo(23_508_032);
    assertThat(parameters("resnet18", Stem.SMALL)).isEqualTo(11_176_512 - 64 * 3 * (49 - 9));
  }

  @Test
  void haveTorchvisionsNames() {
    SegmentLayout layout = SegmentLayout.of(ResNets.spec("net", "resnet18", Stem.LARGE, 1, 224));
    List<String> names = layout.parameters().stream().map(Segment::name).toList();
    assertThat(names)
        .hasSize(60)
        .startsWith("conv1.weight", "bn1.weight", "bn1.bias", "layer1.0.conv1.weight")
        .contains("layer2.0.downsample.0.weight", "layer2.0.downsample.1.bias")
        .endsWith("layer4.1.bn2.weight", "layer4.1.bn2.bias")
        .doesNotContain("layer1.0.downsample.0.weight");
    assertThat(layout.statistics().stream().map(Segment::name))
        .hasSize(40)
        .contains("layer4.1.bn2.running_mean", "layer4.1.bn2.running_var");
    SegmentLayout deep = SegmentLayout.of(ResNets.spec("net", "resnet50", Stem.LARGE, 1, 224));
    assertThat(deep.parameters().stream().map(Segment::name))
        .hasSize(159)
        .contains("layer1.0.downsample.0.weight", "layer3.5.conv3.weight");
  }

  @Test
  void tellTheirFeatures() {
    NetworkSpec quarter = ResNets.spec("net", "resnet18", Stem.SMALL, 0.25, 32);
    assertThat(OutputFeatures.of(quarter)).isEqualTo(128);
    assertThat(OutputFeatures.of(quarter, "layer1")).isEqualTo(16);
    assertThat(OutputFeatures.of(quarter, "layer3")).isEqualTo(64);
    NetworkSpec deep = ResNets.spec("net", "resnet50", Stem.LARGE, 1, 224);
    assertThat(OutputFeatures.of(deep)).isEqualTo(2048);
    assertThat(ResNets.featureDimension("resnet50", 1)).isEqualTo(2048);
    assertThatThrownBy(() -> OutputFeatures.of(quarter, "layer9"))
        .hasMessageContaining("'layer9'")
        .hasMessageContaining("layer4");
  }

  @Test
  void nameTheArchitecturesThereAre() {
    assertThatThrownBy(() -> ResNets.featureDimension("vgg", 1))
        .hasMessageContaining("'vgg'")
        .hasMessageContaining("resnet18");
  }

  private static long parameters(String architecture, Stem stem) {
    return SegmentLayout.of(ResNets.spec("net", architecture, stem, 1, 224)).parameterCount();
  }
}
