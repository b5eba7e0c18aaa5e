package io.millrace.learner.objective;

import io.millrace.learner.tensor.Tensor;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * DINO's loss (Caron et al. 2021, equation 2 and algorithm 1; solo-learn {@code losses/dino.py}):
 * each view's distribution over prototypes predicts the teacher's of the global views that it is
 * not.
 *
 * <pre>
 * q_g = softmax((t_g − c) / T_t),   p_v = softmax(s_v / T_s),   H(q, p) = −mean_i Σ_k q_ik log p_ik
 * L = (H(q_2, p_1) + H(q_1, p_2) + Σ_l (H(q_1, p_l) + H(q_2, p_l))) / (2 + 2 · local views)
 * ∂L/∂s_v = (n_v p_v − Σ q) / (N · T_s · (2 + 2 · local views)),   n_v targets of that view
 * c ← m c + (1 − m) · mean of the rows of t_1 and t_2, after the loss
 * </pre>
 *
 * Inputs: {@code student.first} s_1, {@code student.second} s_2 [N, K]; {@code student.local} [N ·
 * local views, K], the views of one image adjacent, where there are any; {@code teacher.first} t_1,
 * {@code teacher.second} t_2 [N, K] and {@code centre} c [1, K], constants. Where the teacher sees
 * one view alone ({@link #ofOneView}) the sum is over it and the student's views: {@code student} s
 * [N · views, K], {@code teacher} t [N, K], L = mean_v H(q, p_v). A uniform prediction gives log K;
 * the least there is is the teacher's entropy. Metrics: {@code teacherEntropy}, mean entropy of the
 * targets, 0 or log K in collapse; {@code divergence}, loss less that entropy.
 */
public final class DinoObjective implements Objective {
  /** s_1, the student's logits of one global view. */
  public static final String STUDENT_FIRST = "student.first";

  /** s_2, the student's logits of the other. */
  public static final String STUDENT_SECOND = "student.second";

  /** The student's logits of local views. */
  public static final String STUDENT_LOCAL = "student.local";

  /** t_1, the teacher's logits of one global view. */
  public static final String TEACHER_FIRST = "teacher.first";

  /** t_2, the teacher's logits of the other. */
  public static final String TEACHER_SECOND = "teacher.second";

  /** The student's logits of any views, where the teacher sees one. */
  public static final String STUDENT = "student";

  /** The teacher's logits of the one view that it sees. */
  public static final String TEACHER = "teacher";

  /** c, the center. */
  public static final String CENTER = "centre";

  private static final Map<String, List<String>> TWO_VIEWS =
      ordered(STUDENT_FIRST, List.of(TEACHER_SECOND), STUDENT_SECOND, List.of(TEACHER_FIRST));

  private final double studentTemperature;
  private final double teacherTemperature;

  /** By the student's views: the teacher's that they predict. */
  private final Map<String, List<String>> predicts;

  /**
   * @param studentTemperature T_s, over 0
   * @param teacherTemperature T_t, over 0
   * @param local whether there are local views
   */
  public DinoObjective(double studentTemperature, double teacherTemperature, boolean local) {
    this(studentTemperature, teacherTemperature, local ? multiCrop() : TWO_VIEWS);
  }

  private DinoObjective(
      double studentTemperature, double teacherTemperature, Map<String, List<String>> predicts) {
    this.studentTemperature = studentTemperature;
    this.teacherTemperature = teacherTemperature;
    this.predicts = predicts;
  }

  /**
   * For a teacher that sees one view of each image, and a student that sees others.
   *
   * @param studentTemperature T_s, over 0
   * @param teacherTemperature T_t, over 0
   */
  public static DinoObjective ofOneView(double studentTemperature, double teacherTemperature) {
    return new DinoObjective(
        studentTemperature, teacherTemperature, Map.of(STUDENT, List.of(TEACHER)));
  }

  private static Map<String, List<String>> multiCrop() {
    var all = new LinkedHashMap<>(TWO_VIEWS);
    all.put(STUDENT_LOCAL, List.of(TEACHER_FIRST, TEACHER_SECOND));
    return Collections.unmodifiableMap(all);
  }

  private static Map<String, List<String>> ordered(
      String first, List<String> ofFirst, String second, List<String> ofSecond) {
    var map = new LinkedHashMap<String, List<String>>();
    map.put(first, ofFirst);
    map.put(second, ofSecond);
    return Collections.unmodifiableMap(map);
  }

  /** Loss of a uniform prediction over so many prototypes. */
  public static double chanceLevel(long prototypes) {
    return Math.log(prototypes);
  }

  /** Moves the center [1, K], in place, towards the mean of the teacher's logits [N, K]. */
  public static void follow(Tensor center, Tensor first, Tensor second, double momentum) {
    Tensor mean = first.mean(true, 0).add(second.mean(true, 0)).mul(0.5);
    center.lerpIn(mean, 1 - momentum);
  }

  @Override
  public Set<String> inputs() {
    var names = new LinkedHashSet<>(differentiable());
    names.addAll(teachers());
    names.add(CENTER);
    return names;
  }

  @Override
  public Set<String> differentiable() {
    return predicts.keySet();
  }

  private List<String> teachers() {
    return predicts.values().stream().flatMap(List::stream).distinct().sorted().toList();
  }

  @Override
  public LossAndGradients evaluate(Map<String, Tensor> inputs) {
    var in = new Inputs("dino", inputs);
    Tensor center = in.matrix(CENTER);
    List<String> teachers = teachers();
    var targets = new HashMap<String, Tensor>();
    @Nullable Tensor entropy = null;
    for (String name : teachers) {
      Tensor t = in.pair(name, teachers.get(0))[0];
      in.equal("columns", t.size(1), name, center.size(1), CENTER);
      Tensor logQ = t.sub(center).mul(1 / teacherTemperature).logSoftmax(1);
      Tensor q = logQ.exp();
      Tensor sum = q.mul(logQ).sum(false);
      entropy = entropy == null ? sum : entropy.add(sum);
      targets.put(name, q);
    }
    long n = in.matrix(teachers.get(0)).size(0);
    Tensor meanEntropy = Objects.requireNonNull(entropy).mul(-1.0 / (teachers.size() * n));

    var terms = new LinkedHashMap<String, CrossEntropy>();
    long pairs = 0;
    for (var of : predicts.entrySet()) {
      List<String> taught = of.getValue();
      Tensor s = student(in, of.getKey(), taught.get(0), n);
      Tensor q = Objects.requireNonNull(targets.get(taught.get(0)));
      for (String other : taught.subList(1, taught.size())) {
        q = q.add(Objects.requireNonNull(targets.get(other)));
      }
      terms.put(of.getKey(), crossEntropy(s, q, taught.size()));
      pairs += taught.size() * (s.size(0) / n);
    }
    double share = 1.0 / (n * pairs);
    var gradients = new HashMap<String, Tensor>();
    Tensor loss = meanEntropy.mul(0);
    for (var term : terms.entrySet()) {
      loss.addIn(share, term.getValue().sum());
      gradients.put(term.getKey(), term.getValue().gradient().mul(share));
    }
    return new LossAndGradients(
        loss,
        gradients,
        Map.of("teacherEntropy", meanEntropy, "divergence", loss.sub(meanEntropy)));
  }

  /** A global view of each image, or any number of other views. */
  private static Tensor student(Inputs in, String name, String teacher, long images) {
    if (name.equals(STUDENT_FIRST) || name.equals(STUDENT_SECOND)) {
      return in.pair(name, teacher)[0];
    }
    Tensor s = in.matrix(name);
    in.multiple(s.size(0), name, images, teacher);
    in.equal("columns", s.size(1), name, in.matrix(teacher).size(1), teacher);
    return s;
  }

  private record CrossEntropy(Tensor sum, Tensor gradient) {}

  /** Σ over rows of H, for the views of one image adjacent, each with these targets added up. */
  private CrossEntropy crossEntropy(Tensor logits, Tensor targets, int perView) {
    long images = targets.size(0);
    long k = targets.size(1);
    Tensor logP = logits.mul(1 / studentTemperature).logSoftmax(1).reshape(images, -1, k);
    Tensor q = targets.reshape(images, 1, k);
    Tensor gradient = logP.exp().mul(perView).sub(q).mul(1 / studentTemperature);
    return new CrossEntropy(logP.mul(q).sum(false).mul(-1), gradient.reshape(logits.size(0), k));
  }
}
