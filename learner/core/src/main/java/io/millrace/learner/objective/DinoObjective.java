package io.millrace.learner.objective;

import io.millrace.learner.tensor.Tensor;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

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
 * {@code teacher.second} t_2 [N, K] and {@code centre} c [1, K], constants. A uniform prediction
 * gives log K; the least there is is the teacher's entropy. Figures: {@code teacherEntropy}, mean
 * entropy of the targets, 0 or log K in collapse; {@code divergence}, loss less that entropy.
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

  /** c, the centre. */
  public static final String CENTRE = "centre";

  private static final Set<String> TWO_VIEWS = Set.of(STUDENT_FIRST, STUDENT_SECOND);
  private static final Set<String> MULTI_CROP =
      Set.of(STUDENT_FIRST, STUDENT_SECOND, STUDENT_LOCAL);

  private final double studentTemperature;
  private final double teacherTemperature;
  private final boolean local;

  /**
   * @param studentTemperature T_s, over 0
   * @param teacherTemperature T_t, over 0
   * @param local whether there are local views
   */
  public DinoObjective(double studentTemperature, double teacherTemperature, boolean local) {
    this.studentTemperature = studentTemperature;
    this.teacherTemperature = teacherTemperature;
    this.local = local;
  }

  /** Loss of a uniform prediction over so many prototypes. */
  public static double uninformed(long prototypes) {
    return Math.log(prototypes);
  }

  /** Moves the centre, in place, towards the mean of the teacher's logits. */
  public static void follow(Tensor centre, Tensor first, Tensor second, double momentum) {
    Tensor mean = first.mean(true, 0).add(second.mean(true, 0)).mul(0.5);
    centre.lerpIn(mean, 1 - momentum);
  }

  @Override
  public Set<String> inputs() {
    var names = new LinkedHashSet<>(differentiable());
    names.addAll(Set.of(TEACHER_FIRST, TEACHER_SECOND, CENTRE));
    return names;
  }

  @Override
  public Set<String> differentiable() {
    return local ? MULTI_CROP : TWO_VIEWS;
  }

  @Override
  public LossAndGradients evaluate(Map<String, Tensor> inputs) {
    var in = new Inputs("dino", inputs);
    Tensor centre = in.matrix(CENTRE);
    Tensor[] teacher = in.pair(TEACHER_FIRST, TEACHER_SECOND);
    in.equal("columns", teacher[0].size(1), TEACHER_FIRST, centre.size(1), CENTRE);
    Tensor log1 = teacher[0].sub(centre).mul(1 / teacherTemperature).logSoftmax(1);
    Tensor log2 = teacher[1].sub(centre).mul(1 / teacherTemperature).logSoftmax(1);
    Tensor q1 = log1.exp();
    Tensor q2 = log2.exp();
    Tensor entropy = q1.mul(log1).sum(false).add(q2.mul(log2).sum(false)).mul(-0.5 / q1.size(0));

    long n = q1.size(0);
    var terms = new LinkedHashMap<String, CrossEntropy>();
    terms.put(STUDENT_FIRST, crossEntropy(in.pair(STUDENT_FIRST, TEACHER_SECOND)[0], q2, 1));
    terms.put(STUDENT_SECOND, crossEntropy(in.pair(STUDENT_SECOND, TEACHER_FIRST)[0], q1, 1));
    long pairs = 2;
    if (local) {
      Tensor s = in.matrix(STUDENT_LOCAL);
      in.multiple(s.size(0), STUDENT_LOCAL, n, TEACHER_FIRST);
      in.equal("columns", s.size(1), STUDENT_LOCAL, q1.size(1), TEACHER_FIRST);
      terms.put(STUDENT_LOCAL, crossEntropy(s, q1.add(q2), 2));
      pairs += 2 * (s.size(0) / n);
    }
    double share = 1.0 / (n * pairs);
    var gradients = new HashMap<String, Tensor>();
    Tensor loss = entropy.mul(0);
    for (var term : terms.entrySet()) {
      loss.addIn(share, term.getValue().sum());
      gradients.put(term.getKey(), term.getValue().gradient().mul(share));
    }
    return new LossAndGradients(
        loss, gradients, Map.of("teacherEntropy", entropy, "divergence", loss.sub(entropy)));
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
