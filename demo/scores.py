"""How good a model is: the area under the ROC curve, by ranks."""


def roc_auc(labels, scores):
    """The chance that a late flight scores above one that was not; ties count half."""
    order = sorted(range(len(scores)), key=lambda i: scores[i])
    rank_sum, positives, i = 0.0, 0, 0
    while i < len(order):
        j = i
        while j < len(order) and scores[order[j]] == scores[order[i]]:
            j += 1
        late = sum(labels[k] for k in order[i:j])
        rank_sum += late * (i + j + 1) / 2
        positives += late
        i = j
    negatives = len(labels) - positives
    return (rank_sum - positives * (positives + 1) / 2) / (positives * negatives)
