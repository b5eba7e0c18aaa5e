package io.millrace.learner.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.learner.tensor.Tensor;
import io.millrace.learner.testing.Golden;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Objectives that join two networks or two views, against references and central differences. */
public abstract class JointObjectiveContract extends GradientContract {

  @Test
  void simSiamAgreesWithItsReference() {
    JsonNode golden = Golden.objectives().get("simsiam");
    LossAndGradients got =
        new SimSiamObjective()
            .evaluate(
                Map.of(
                    "prediction", Golden.tensor(engine, golden.get("prediction")),
                    "target", Golden.tensor(engine, golden.get("target"))));
    assertThat(got.loss().item() - 1).isCloseTo(golden.get("loss").asDouble(), within(GOLDEN));
    close(got.gradients().get("prediction"), golden.get("d_prediction"));
  }

  @Test
  void contrastIsCrossEntropyOverTheBatchAndItsGradientItsDerivative() {
    var objective = new ContrastObjective(0.3);
    Map<String, Tensor> inputs =
        Map.of("prediction", gaussian(31, 5, 4), "target", gaussian(32, 5, 4));
    gradientsAreDerivatives(objective, inputs);
    double[][] q = unit(inputs.get("prediction"));
    double[][] z = unit(inputs.get("target"));
    double loss = 0;
    for (int i = 0; i < 5; i++) {
      double total = 0;
      for (int j = 0; j < 5; j++) {
        total += Math.exp(dot(q[i], z[j]) / 0.3);
      }
      loss += (Math.log(total) - dot(q[i], z[i]) / 0.3) / 5;
    }
    assertThat(objective.evaluate(inputs).loss().item()).isCloseTo(loss, within(1e-12));
    Tensor same = engine.tensor(new double[] {1, 0, 1, 0, 1, 0}, 3, 2);
    assertThat(objective.evaluate(Map.of("prediction", same, "target", same)).loss().item())
        .isCloseTo(Math.log(3), within(1e-12));
  }

  @Test
  void codingRateIsItsDeterminantAndItsGradientItsDerivative() {
    gradientsAreDerivatives(
        new CodingRateObjective(2, 0.3), Map.of("embeddings", gaussian(33, 6, 5)));
    gradientsAreDerivatives(
        new CodingRateObjective(2, 0.3), Map.of("embeddings", gaussian(34, 10, 3)));
    Tensor embeddings = gaussian(35, 4, 3);
    double[][] z = unit(embeddings);
    double c = 3 / (2 * 0.2);
    double rate = 0;
    for (int patch = 0; patch < 2; patch++) {
      double g = c * dot(z[patch], z[2 + patch]);
      rate += 0.5 * Math.log((1 + c) * (1 + c) - g * g) / 2;
    }
    double most = Math.log(1 + c);
    LossAndGradients got =
        new CodingRateObjective(2, 0.2).evaluate(Map.of("embeddings", embeddings));
    assertThat(got.loss().item()).isCloseTo(most - rate, within(1e-12));
    assertThat(got.metrics().get("codingRate").item()).isCloseTo(rate / most, within(1e-12));
    Tensor apart = engine.tensor(new double[] {2, 0, 3, 0, 0, 1, 0, 5}, 4, 2);
    assertThat(new CodingRateObjective(2, 0.2).evaluate(Map.of("embeddings", apart)).loss().item())
        .isCloseTo(0, within(1e-12));
    assertThatThrownBy(() -> new CodingRateObjective(3, 0.2).evaluate(Map.of("embeddings", apart)))
        .hasMessage("coding rate: 'embeddings' has 4 rows: expected a multiple of 3");
  }

  private static double[][] unit(Tensor rows) {
    double[] flat = rows.toDoubles();
    int d = (int) rows.size(1);
    double[][] out = new double[(int) rows.size(0)][d];
    for (int i = 0; i < out.length; i++) {
      System.arraycopy(flat, i * d, out[i], 0, d);
      double length = Math.sqrt(dot(out[i], out[i]));
      for (int j = 0; j < d; j++) {
        out[i][j] /= length;
      }
    }
    return out;
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  @Test
  void simClrAgreesWithItsReference() {
    JsonNode golden = Golden.objectives().get("simclr");
    Tensor both = Golden.tensor(engine, golden.get("projections_view1_then_view2"));
    long n = both.size(0) / 2;
    LossAndGradients got =
        new SimClrObjective(golden.get("temperature").asDouble())
            .evaluate(Map.of("first", both.slice(0, 0, n), "second", both.slice(0, n, 2 * n)));
    assertThat(got.loss().item()).isCloseTo(golden.get("loss").asDouble(), within(GOLDEN));
    close(stacked(got, "first", "second"), golden.get("d_projections"));
  }

  @Test
  void barlowTwinsAgreesWithItsReference() {
    JsonNode golden = Golden.objectives().get("barlow");
    pair(
        new BarlowTwinsObjective(golden.get("lambda").asDouble(), golden.get("scale").asDouble()),
        golden);
  }

  @Test
  void vicRegAgreesWithItsReference() {
    JsonNode golden = Golden.objectives().get("vicreg");
    pair(
        new VicRegObjective(
            golden.get("sim").asDouble(),
            golden.get("var").asDouble(),
            golden.get("cov").asDouble()),
        golden);
  }

  private void pair(Objective objective, JsonNode golden) {
    LossAndGradients got =
        objective.evaluate(
            Map.of(
                "first", Golden.tensor(engine, golden.get("z1")),
                "second", Golden.tensor(engine, golden.get("z2"))));
    assertThat(got.loss().item()).isCloseTo(golden.get("loss").asDouble(), within(GOLDEN));
    close(got.gradients().get("first"), golden.get("d_z1"));
    close(got.gradients().get("second"), golden.get("d_z2"));
  }

  @Test
  void dinoAgreesWithItsReference() {
    dino("dino_2_views");
    dino("dino_2_global_2_local");
  }

  private void dino(String name) {
    JsonNode golden = Golden.objectives().get(name);
    Tensor student = Golden.tensor(engine, golden.get("student_logits_view_major"));
    Tensor teacher = Golden.tensor(engine, golden.get("teacher_logits_view_major"));
    Tensor center = Golden.tensor(engine, golden.get("center_before"));
    int n = (int) teacher.size(0) / 2;
    int local = (int) student.size(0) / n - 2;
    Tensor first = teacher.slice(0, 0, n);
    Tensor second = teacher.slice(0, n, 2 * n);
    var inputs = new HashMap<String, Tensor>();
    inputs.put("student.first", student.slice(0, 0, n));
    inputs.put("student.second", student.slice(0, n, 2 * n));
    if (local > 0) {
      inputs.put("student.local", swapped(student.slice(0, 2L * n, student.size(0)), local, n));
    }
    inputs.put("teacher.first", first);
    inputs.put("teacher.second", second);
    inputs.put("centre", center);
    var objective =
        new DinoObjective(
            golden.get("student_temperature").asDouble(),
            golden.get("teacher_temperature").asDouble(),
            local > 0);
    LossAndGradients got = objective.evaluate(inputs);
    assertThat(got.loss().item()).isCloseTo(golden.get("loss").asDouble(), within(GOLDEN));
    var gradients = new ArrayList<Tensor>();
    gradients.add(got.gradients().get("student.first"));
    gradients.add(got.gradients().get("student.second"));
    if (local > 0) {
      gradients.add(swapped(got.gradients().get("student.local"), n, local));
    }
    close(engine.concat(0, gradients), golden.get("d_student_logits"));
    DinoObjective.follow(center, first, second, golden.get("center_momentum").asDouble());
    close(center, golden.get("center_after"));
  }

  /** Rows counted by a, then by b, in the order of b, then a. */
  private static Tensor swapped(Tensor rows, int a, int b) {
    long k = rows.size(1);
    return rows.reshape(a, b, k).permute(1, 0, 2).reshape((long) a * b, k);
  }

  @Test
  void gradientsOfPairsAreDerivatives() {
    for (Objective objective :
        List.of(
            new SimClrObjective(0.3),
            new BarlowTwinsObjective(0.01, 0.3),
            new VicRegObjective(25, 25, 1),
            new VicRegObjective(0, 0, 3))) {
      gradientsAreDerivatives(
          objective, Map.of("first", gaussian(1, 5, 4), "second", gaussian(2, 5, 4)));
    }
  }

  @Test
  void gradientsOfPredictionsAreDerivatives() {
    gradientsAreDerivatives(
        new SimSiamObjective(),
        Map.of("prediction", gaussian(1, 4, 6), "target", gaussian(2, 4, 6)));
    UnitRows queue = UnitRows.of(gaussian(3, 7, 5));
    gradientsAreDerivatives(
        new MocoObjective(0.2),
        Map.of("query", gaussian(1, 4, 5), "key", gaussian(2, 4, 5), "queue", queue.unit()));
    for (Objective objective :
        List.of(
            new FeatureCosineObjective(), new FeatureMseObjective(), new SoftLogitsObjective(3))) {
      gradientsAreDerivatives(
          objective, Map.of("student", gaussian(1, 4, 6), "teacher", gaussian(2, 4, 6)));
    }
  }

  @Test
  void dinosGradientsAreDerivatives() {
    var inputs =
        Map.of(
            "student.first", gaussian(1, 3, 6),
            "student.second", gaussian(2, 3, 6),
            "teacher.first", gaussian(3, 3, 6),
            "teacher.second", gaussian(4, 3, 6),
            "centre", gaussian(5, 1, 6));
    gradientsAreDerivatives(new DinoObjective(0.5, 0.3, false), inputs);
    var local = new HashMap<>(inputs);
    local.put("student.local", gaussian(6, 9, 6));
    gradientsAreDerivatives(new DinoObjective(0.5, 0.3, true), local);
  }

  @Test
  void dinosTeacherOfOneViewIsHalfOfTwoAlike() {
    Tensor student = gaussian(1, 6, 5);
    Tensor teacher = gaussian(2, 3, 5);
    Tensor center = gaussian(3, 1, 5);
    var inputs = Map.of("student", student, "teacher", teacher, "centre", center);
    Objective one = DinoObjective.ofOneView(0.5, 0.3);
    gradientsAreDerivatives(one, inputs);
    // Two equal teachers' views and no global ones of the student: the same, counted twice.
    Tensor uniform = engine.zeros(3, 5);
    LossAndGradients both =
        new DinoObjective(0.5, 0.3, true)
            .evaluate(
                Map.of(
                    "student.first", uniform,
                    "student.second", uniform,
                    "student.local", student,
                    "teacher.first", teacher,
                    "teacher.second", teacher,
                    "centre", center));
    LossAndGradients got = one.evaluate(inputs);
    assertThat((2 * Math.log(5) + 4 * got.loss().item()) / 6)
        .isCloseTo(both.loss().item(), within(1e-12));
    assertThat(got.metrics().get("teacherEntropy").item())
        .isCloseTo(both.metrics().get("teacherEntropy").item(), within(1e-12));
  }

  @Test
  void predictionsThatKnowNothingAreChanceLevel() {
    Tensor zeros = engine.zeros(3, 4);
    Tensor any = gaussian(1, 3, 4);
    close(
        SimClrObjective.chanceLevel(3), new SimClrObjective(0.2), "first", zeros, "second", zeros);
    close(
        MocoObjective.chanceLevel(3),
        new MocoObjective(0.2),
        "query",
        zeros,
        "key",
        any,
        "queue",
        UnitRows.of(any).unit());
    var orthogonal = new double[][] {{1, -1, 1, -1}, {1, 1, -1, -1}, {1, -1, -1, 1}};
    var barlow = new BarlowTwinsObjective(0.005, 0.1);
    close(
        barlow.chanceLevel(2, 1),
        barlow,
        "first",
        engine.tensor(orthogonal[0], 4, 1),
        "second",
        engine.tensor(orthogonal[1], 4, 1));
    close(
        DinoObjective.chanceLevel(4),
        new DinoObjective(0.1, 0.04, false),
        "student.first",
        zeros,
        "student.second",
        zeros,
        "teacher.first",
        any,
        "teacher.second",
        gaussian(2, 3, 4),
        "centre",
        engine.zeros(1, 4));
  }

  private static void close(double expected, Objective objective, Object... inputs) {
    var named = new HashMap<String, Tensor>();
    for (int i = 0; i < inputs.length; i += 2) {
      named.put((String) inputs[i], (Tensor) inputs[i + 1]);
    }
    assertThat(objective.evaluate(named).loss().item()).isCloseTo(expected, within(1e-9));
  }

  @Test
  void theBestConstantIsChanceLevelInDistillation() {
    Tensor teacher = gaussian(1, 5, 4);
    Tensor unit = UnitRows.of(teacher).unit();
    Tensor same = teacher.mul(0);
    Map<Objective, Tensor> constants =
        Map.of(
            new FeatureMseObjective(), same.add(teacher.mean(true, 0)),
            new FeatureCosineObjective(), same.add(unit.mean(true, 0)),
            new SoftLogitsObjective(2), same);
    constants.forEach(
        (objective, constant) -> {
          LossAndGradients got =
              objective.evaluate(Map.of("student", constant, "teacher", teacher));
          assertThat(got.loss().item())
              .isPositive()
              .isCloseTo(got.metrics().get("uninformed").item(), within(1e-12));
        });
  }

  @Test
  void theQueueIsWhatAQueryMustTellItsKeyFrom() {
    Tensor q = engine.tensor(new double[] {3, 0}, 1, 2);
    Tensor queue = engine.tensor(new double[] {0, 1, -1, 0}, 2, 2);
    LossAndGradients got =
        new MocoObjective(0.5).evaluate(Map.of("query", q, "key", q.mul(2), "queue", queue));
    double expected = Math.log(Math.exp(2) + Math.exp(0) + Math.exp(-2)) - 2;
    assertThat(got.loss().item()).isCloseTo(expected, within(1e-12));
    assertThat(got.metrics().get("accuracy").item()).isEqualTo(1);
  }

  @Test
  void viewsThatDoNotFitAreNamed() {
    var inputs = new HashMap<String, Tensor>();
    for (String name :
        List.of("student.first", "student.second", "teacher.first", "teacher.second")) {
      inputs.put(name, gaussian(1, 2, 4));
    }
    inputs.put("centre", gaussian(1, 1, 4));
    inputs.put("student.local", gaussian(1, 3, 4));
    assertThatThrownBy(() -> new DinoObjective(0.1, 0.1, true).evaluate(inputs))
        .hasMessageContaining("'student.local' has 3 rows: expected a multiple of the 2 images");
    assertThatThrownBy(
            () ->
                new VicRegObjective(1, 1, 1)
                    .evaluate(Map.of("first", gaussian(1, 1, 4), "second", gaussian(2, 1, 4))))
        .hasMessage("vicreg: 'first' has 1 rows: expected at least 2");
  }

  private Tensor stacked(LossAndGradients got, String first, String second) {
    return engine.concat(0, List.of(got.gradients().get(first), got.gradients().get(second)));
  }
}
