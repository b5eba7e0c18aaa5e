package io.millrace.ops.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.learner.method.bow.ObowSettings;
import io.millrace.learner.method.generative.AutoencoderSettings;
import io.millrace.learner.method.joint.ByolSettings;
import io.millrace.learner.method.joint.DinoSettings;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Sizes of input, views, patches, stem and replay fit, or it is said before anything starts. */
class SizesTest {
  private static MillraceConfig with(MillraceConfig base, String... settings) {
    return ConfigReader.over(base, List.of(settings));
  }

  private static MillraceConfig with(String... settings) {
    return with(MillraceConfig.defaults(), settings);
  }

  @Test
  void viewsFollowTheInputsSizeUnlessTheirOwnIsSet() {
    var config =
        with(
            "model.preprocessing.size=96",
            "methods.byol.firstView.size=64",
            "methods.byol.secondView.minScale=0.3");
    var byol = (ByolSettings) config.methods().get("byol");
    assertThat(byol.firstView().size()).isEqualTo(64);
    assertThat(byol.secondView().size()).isEqualTo(96);
    assertThat(byol.secondView().minScale()).isEqualTo(0.3);
    var obow = (ObowSettings) config.methods().get("obow");
    assertThat(obow.crops().size()).isEqualTo(96);
    assertThat(obow.patches()).isEqualTo(ObowSettings.defaults().patches());
    var dino = (DinoSettings) config.methods().get("dino");
    assertThat(dino.firstView().size()).isEqualTo(96);
    assertThat(dino.localViews().size()).as("a part of an image").isEqualTo(16);
    var later = with(config, "model.preprocessing.size=128");
    assertThat(((ByolSettings) later.methods().get("byol")).firstView().size())
        .as("its share of the input, 64 of 96")
        .isEqualTo(85);
    assertThat(((ByolSettings) later.methods().get("byol")).secondView().size()).isEqualTo(128);
  }

  @Test
  void aViewThatCannotFollowIsRefusedWhereItsMethodLearns() {
    var config = with("model.preprocessing.size=100");
    assertThat(((AutoencoderSettings) config.methods().get("autoencoder")).view().size())
        .isEqualTo(32);
    config.newMethod(); // another one learns
    assertThatThrownBy(() -> with(config, "method=autoencoder").newMethod())
        .hasMessageContaining("methods.autoencoder.view.size is 32")
        .hasMessageContaining("model.preprocessing.size is 100");
  }

  @Test
  void viewsOfThumbnailsForAnInputOfPhotographsAreRefused() {
    var config =
        with(
            "model.preprocessing.size=224",
            "learner.replay.maxSide=384",
            "methods.byol.firstView.size=32");
    assertThatThrownBy(config::newMethod)
        .hasMessageContaining("methods.byol.firstView.size is 32")
        .hasMessageContaining("model.preprocessing.size is 224");
  }

  @Test
  void replayKeepsNoImageSmallerThanTheInput() {
    assertThatThrownBy(() -> with("model.preprocessing.size=224"))
        .hasMessageContaining("learner.replay.maxSide is 128")
        .hasMessageContaining("model.preprocessing.size (224)");
    assertThatThrownBy(
            () ->
                with(
                    "model.preprocessing.size=224",
                    "model.preprocessing.resize=256",
                    "learner.replay.maxSide=224"))
        .hasMessageContaining("learner.replay.maxSide is 224")
        .hasMessageContaining("model.preprocessing.resize (256)");
    assertThatThrownBy(
            () ->
                with(
                    "model.preprocessing.size=224",
                    "learner.replay.maxSide=384",
                    "ingest.maxSide=128"))
        .hasMessageContaining("ingest.maxSide is 128")
        .hasMessageContaining("model.preprocessing.size (224)");
    with("model.preprocessing.size=224", "learner.replay.maxSide=384", "ingest.maxSide=0");
    assertThat(with("learner.replay.maxSide=1024").doubts())
        .singleElement()
        .asString()
        .contains("learner.replay.maxSide is 1024", "ingest.maxSide is 512");
    assertThatThrownBy(() -> with("model.preprocessing.maxSide=64"))
        .hasMessageContaining("model.preprocessing.maxSide is 64")
        .hasMessageContaining("learner.replay.maxSide (128)");
    assertThat(with("learner.replay.maxSide=160").preprocessing().maxSide()).isEqualTo(160);
  }

  @Test
  void tooFewCellsForWordsAreRefused() {
    assertThatThrownBy(() -> with("method=obow", "model.backbone.stem=large").newMethod())
        .hasMessageContaining("model.preprocessing.size is 32")
        .hasMessageContaining("methods.obow.levels has layer4")
        .hasMessageContaining("1 × 1 cells");
    assertThatThrownBy(() -> with("method=bownet", "model.backbone.stem=large").newMethod())
        .hasMessageContaining("1 × 1 cells");
    with("method=obow", "model.backbone.stem=large", "model.preprocessing.size=64").newMethod();
  }

  @Test
  void stemsAndPartsThatDoNotSuitTheInputAreDoubted() {
    assertThat(MillraceConfig.defaults().doubts()).isEmpty();
    assertThat(PackagedConfig.demoConfig().doubts()).isEmpty();
    assertThat(with("model.preprocessing.size=96").doubts())
        .singleElement()
        .asString()
        .contains("model.backbone.stem is small", "model.preprocessing.size is 96");
    assertThat(with("model.preprocessing.size=64").doubts()).isEmpty();
    assertThat(with("model.preprocessing.size=63", "model.backbone.stem=large").doubts())
        .singleElement()
        .asString()
        .contains("model.backbone.stem is large", "model.preprocessing.size is 63");
    assertThat(
            with("method=dino", "model.preprocessing.size=96", "model.backbone.stem=large")
                .doubts())
        .singleElement()
        .asString()
        .contains("methods.dino.localViews.size is 16", "stem large", "32 pixels");
    assertThat(
            with("model.preprocessing.size=96", "model.backbone.stem=large")
                .doubts(List.of("byol", "dino", "dino")))
        .as("each method that is compared, each sentence once")
        .singleElement()
        .asString()
        .contains("methods.dino.localViews.size is 16");
    assertThat(
            with(
                    "model.preprocessing.size=224",
                    "model.backbone.stem=large",
                    "learner.replay.maxSide=224",
                    "methods.byol.firstView.size=256",
                    "methods.byol.secondView.size=256")
                .doubts())
        .anySatisfy(d -> assertThat(d).contains("firstView.size is 256", "size is 224"))
        .anySatisfy(d -> assertThat(d).contains("firstView.size is 256", "maxSide is 224"))
        .anySatisfy(d -> assertThat(d).contains("learner.replay.maxSide is 224", "4:3"));
  }
}
