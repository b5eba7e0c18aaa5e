package io.millrace.learner.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.learner.tensor.Activations;
import io.millrace.learner.tensor.Heads;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.Segment;
import io.millrace.learner.tensor.Tensor;
import io.millrace.learner.testing.Golden;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Every objective against its reference's numbers and against central differences. */
public abstract class ObjectiveContract extends GradientContract {
  @Test
  void byolAgreesWithItsReference() {
    JsonNode golden = Golden.objectives().get("byol");
    LossAndGradients got =
        new ByolObjective()
            .evaluate(
                Map.of(
                    "prediction", Golden.tensor(engine, golden.get("prediction")),
                    "target", Golden.tensor(engine, golden.get("target"))));
    assertThat(got.loss().item()).isCloseTo(golden.get("loss").asDouble(), within(GOLDEN));
    close(got.gradients().get("prediction"), golden.get("d_prediction"));
  }

  @Test
  void byolGradientsAreDerivatives() {
    gradientsAreDerivatives(
        new ByolObjective(), Map.of("prediction", gaussian(1, 4, 6), "target", gaussian(2, 4, 6)));
  }

  @Test
  void byolOfOrthogonalVectorsIsChanceLevel() {
    Tensor q = engine.tensor(new double[] {2, 0, 0, 3}, 2, 2);
    Tensor z = engine.tensor(new double[] {0, 5, 1, 0}, 2, 2);
    double loss = new ByolObjective().evaluate(Map.of("prediction", q, "target", z)).loss().item();
    assertThat(loss).isCloseTo(ByolObjective.CHANCE_LEVEL, within(1e-12));
  }

  @Test
  void crossEntropyIsTheMeanOfTheLiteralOne() {
    double[] l = {1, 2, 0.5, -1, 0, 3};
    double[] t = {0, 1, 0, 0.5, 0.25, 0.25};
    double expected = 0;
    for (int i = 0; i < 2; i++) {
      double z = 0;
      for (int k = 0; k < 3; k++) {
        z += Math.exp(l[i * 3 + k]);
      }
      for (int k = 0; k < 3; k++) {
        expected -= t[i * 3 + k] * Math.log(Math.exp(l[i * 3 + k]) / z) / 2;
      }
    }
    LossAndGradients got =
        new CrossEntropyObjective()
            .evaluate(Map.of("logits", engine.tensor(l, 2, 3), "targets", engine.tensor(t, 2, 3)));
    assertThat(got.loss().item()).isCloseTo(expected, within(1e-12));
    assertThat(got.metrics().get("accuracy").item()).isEqualTo(0.5);
  }

  @Test
  void crossEntropyGradientsAreDerivatives() {
    gradientsAreDerivatives(
        new CrossEntropyObjective(),
        Map.of("logits", gaussian(1, 4, 6), "targets", gaussian(2, 4, 6).softmax(1)));
    assertThat(
            new CrossEntropyObjective()
                .evaluate(
                    Map.of(
                        "logits", engine.zeros(2, 5),
                        "targets", engine.tensor(new double[] {3, 0}, 2).oneHot(5)))
                .loss()
                .item())
        .isCloseTo(CrossEntropyObjective.chanceLevel(5), within(1e-12));
  }

  @Test
  void missingAndMisshapenInputsAreNamed() {
    Tensor q = gaussian(1, 4, 6);
    assertThatThrownBy(() -> new ByolObjective().evaluate(Map.of("prediction", q)))
        .hasMessageContaining("'target'")
        .hasMessageContaining("[prediction]");
    assertThatThrownBy(
            () ->
                new ByolObjective().evaluate(Map.of("prediction", q, "target", gaussian(2, 3, 6))))
        .hasMessageContaining("4 rows")
        .hasMessageContaining("3");
    var obow = new ObowObjective(List.of("a"), List.of("b"), 5);
    assertThatThrownBy(
            () ->
                obow.evaluate(
                    Map.of(
                        "features.a", gaussian(1, 5, 6),
                        "weights.b", gaussian(1, 8, 6),
                        "target.b", bags(2, 8))))
        .hasMessageContaining("'features.a' has 5 rows")
        .hasMessageContaining("2 images");
  }

  @Test
  void obowPredictionAgreesWithItsReference() {
    JsonNode golden = Golden.objectives().get("obow_prediction");
    double kappa = golden.get("kappa").asDouble();
    var networks = new ArrayList<Network>();
    var passes = new ArrayList<Activations>();
    var inputs = new HashMap<String, Tensor>();
    for (int level = 0; level < 2; level++) {
      Tensor words = Golden.tensor(engine, golden.get("dictionaries").get(level));
      Network generator = generator(golden.get("weights"), level, (int) words.size(1));
      networks.add(generator);
      passes.add(generator.forward(words, Mode.TRAIN));
      inputs.put("weights." + level, passes.get(level).output());
      inputs.put("target." + level, Golden.tensor(engine, golden.get("targets").get(level)));
    }
    for (int group = 0; group < 2; group++) {
      inputs.put("features." + group, Golden.tensor(engine, golden.get("features").get(group)));
    }
    LossAndGradients got =
        new ObowObjective(List.of("0", "1"), List.of("0", "1"), kappa).evaluate(inputs);

    double sum = 0;
    for (int group = 0; group < 2; group++) {
      double expected = golden.get("losses_per_crop_group").get(group).asDouble();
      sum += expected;
      assertThat(got.metrics().get("loss." + group).item()).isCloseTo(expected, within(GOLDEN));
      close(got.gradients().get("features." + group), golden.get("d_features").get(group));
    }
    assertThat(got.loss().item()).isCloseTo(sum, within(GOLDEN));
    for (int level = 0; level < 2; level++) {
      passes.get(level).backward(got.gradients().get("weights." + level), false);
      gradientsOfGenerator(networks.get(level), golden.get("d_weights"), level);
      List<Tensor> perplexities = BagOfWords.perplexities(inputs.get("target." + level));
      for (int i = 0; i < 2; i++) {
        assertThat(perplexities.get(i).item())
            .isCloseTo(golden.get("perplexity").get(i).get(level).asDouble(), within(GOLDEN));
      }
      passes.get(level).close();
      networks.get(level).close();
    }
  }

  @Test
  void obowGradientsAreDerivatives() {
    gradientsAreDerivatives(
        new ObowObjective(List.of("a", "b"), List.of("x", "y"), 3),
        Map.of(
            "features.a", gaussian(1, 2, 4),
            "features.b", gaussian(2, 6, 4),
            "weights.x", gaussian(3, 5, 4),
            "weights.y", gaussian(4, 7, 4),
            "target.x", bags(2, 5),
            "target.y", bags(2, 7)));
  }

  @Test
  void obowOfAUniformPredictionIsChanceLevel() {
    LossAndGradients got =
        new ObowObjective(List.of("a"), List.of("x"), 5)
            .evaluate(
                Map.of(
                    "features.a", gaussian(1, 4, 3),
                    "weights.x", engine.zeros(6, 3),
                    "target.x", bags(2, 6)));
    assertThat(got.loss().item())
        .isCloseTo(got.metrics().get(ObowObjective.CHANCE_LEVEL).item(), within(1e-12))
        .isPositive();
  }

  @Test
  void obowCountsAWordThatIsNotThereAsNothing() {
    Tensor target = engine.tensor(new double[] {1, 0, 0}, 1, 3);
    LossAndGradients got =
        new ObowObjective(List.of("a"), List.of("x"), 1)
            .evaluate(
                Map.of(
                    "features.a", gaussian(1, 1, 2),
                    "weights.x", engine.zeros(3, 2),
                    "target.x", target));
    assertThat(got.loss().item()).isCloseTo(Math.log(3), within(1e-12));
  }

  @Test
  void obowTargetsAgreeWithTheirReference() {
    JsonNode all = Golden.objectives().get("obow_targets");
    assertThat(all.size()).isEqualTo(12);
    all.properties().forEach(entry -> targets(entry.getKey(), entry.getValue()));
  }

  private void targets(String name, JsonNode golden) {
    Tensor map = BagOfWords.inner(Golden.tensor(engine, golden.get("features_nchw")));
    Tensor words = Golden.tensor(engine, golden.get("dictionary"));
    boolean hard = golden.get("inv_delta").isNull();
    var assignment = hard ? BagOfWords.Assignment.HARD : BagOfWords.Assignment.SOFT;
    double inverseDelta = hard ? 0 : golden.get("inv_delta").asDouble();
    var pooling =
        golden.get("pool").asText().equals("max")
            ? BagOfWords.Pooling.MAX
            : BagOfWords.Pooling.AVERAGE;
    Tensor distances = BagOfWords.distances(BagOfWords.locations(map), words);
    Tensor mean = engine.tensor(new double[] {golden.get("min_distance_mean").asDouble()}, 1);

    Tensor before = BagOfWords.bags(distances, 2, assignment, mean, inverseDelta, pooling);
    close(name, before, golden.get("bow_eval"));
    mean.lerpIn(BagOfWords.meanOfMinimum(distances).reshape(1), 0.01);
    assertThat(mean.item())
        .as(name)
        .isCloseTo(golden.get("min_distance_mean_after").asDouble(), within(GOLDEN));
    Tensor after = BagOfWords.bags(distances, 2, assignment, mean, inverseDelta, pooling);
    close(name, after, golden.get("bow_train"));

    // The place is drawn, so the new words are looked for among all that might have been.
    var update = VocabularyUpdate.of(golden.get("update").asText().replace('_', '-'));
    Tensor candidates = update.candidates(map);
    Tensor queue = Golden.tensor(engine, golden.get("dictionary_after"));
    for (int image = 0; image < 2; image++) {
      Tensor word = queue.slice(0, image, image + 1);
      Tensor off =
          candidates.slice(0, image, image + 1).reshape(-1, 3).sub(word).abs().max(false, 1);
      assertThat(off.min(false, 0).item()).as(name).isLessThan(GOLDEN);
    }
  }

  @Test
  void smallMapsKeepTheirBorderAndAreAveragedOnlyWhereThreeCellsFit() {
    assertThat(BagOfWords.inner(engine.zeros(1, 2, 5, 5)).shape()).containsExactly(1, 2, 3, 3);
    assertThat(BagOfWords.inner(engine.zeros(1, 2, 4, 4)).shape()).containsExactly(1, 2, 4, 4);
    Tensor four = VocabularyUpdate.LOCAL_AVERAGE.candidates(engine.zeros(1, 2, 4, 4));
    assertThat(four.shape()).containsExactly(1, 4, 2);
    Tensor two = VocabularyUpdate.LOCAL_AVERAGE.candidates(engine.zeros(1, 2, 2, 2));
    assertThat(two.shape()).containsExactly(1, 4, 2);
  }

  @Test
  void bagsOfAFeatureThatIsAWordAreFinite() {
    Tensor word = gaussian(1, 1, 4);
    Tensor words = engine.concat(0, List.of(word, gaussian(2, 3, 4)));
    Tensor distances = BagOfWords.distances(engine.concat(0, List.of(word, word)), words);
    Tensor bags =
        BagOfWords.bags(
            distances, 2, BagOfWords.Assignment.SOFT, engine.zeros(1), 10, BagOfWords.Pooling.MAX);
    assertThat(bags.toDoubles()).containsExactly(1, 0, 0, 0, 1, 0, 0, 0);
  }

  private Network generator(JsonNode weights, int level, int in) {
    Network network = engine.network(Heads.weightGenerator("generator", in, 12, 6));
    for (Segment segment : network.layout().parameters()) {
      long from = segment.offset();
      network
          .parameters()
          .slice(0, from, from + segment.size())
          .copyIn(Golden.tensor(engine, weights.get(reference(segment, level))).reshape(-1));
    }
    return network;
  }

  private void gradientsOfGenerator(Network network, JsonNode gradients, int level) {
    for (Segment segment : network.layout().parameters()) {
      long from = segment.offset();
      String name = reference(segment, level);
      close(name, network.gradients().slice(0, from, from + segment.size()), gradients.get(name));
    }
  }

  private static String reference(Segment segment, int level) {
    return "layers_w." + level + ".b" + level + "_" + segment.name();
  }

  private Tensor bags(int images, int words) {
    Tensor positive = gaussian(9, images, words).abs();
    return positive.div(positive.sum(true, 1));
  }
}
