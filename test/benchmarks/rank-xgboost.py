# Ranks recorded points with XGBoost as AutoTVM set it, for `npm run bench -- --only cost-models`: reads one JSON object per
# line from standard input (train: features and times, test: features), writes the predictions of each as a line of JSON.
# Chooses no split and computes no statistics.
import json
import sys

import numpy
import xgboost

# python/tvm/autotvm/tuner/xgboost_cost_model.py of TVM v0.18, plan_size 64: rank loss and its parameters
PARAMETERS = {
    "max_depth": 3, "gamma": 0.0001, "min_child_weight": 1, "subsample": 1.0, "eta": 0.3, "lambda": 1.0, "alpha": 0,
    "objective": "rank:pairwise", "lambdarank_num_pair_per_sample": 8, "lambdarank_pair_method": "mean", "nthread": 1, "verbosity": 0, "seed": 1,
}
ROUNDS = 300

for line in sys.stdin:
    job = json.loads(line)
    speed = numpy.array(job["times"])
    # relevance grades of ranking: the share of the best speed, in the 32 steps that rank:pairwise takes
    grade = numpy.round(31 * speed.min() / speed)
    train = xgboost.DMatrix(numpy.array(job["train"]), label=grade)
    train.set_group([len(speed)])
    test = xgboost.DMatrix(numpy.array(job["test"]))
    ranked = xgboost.train(PARAMETERS, train, num_boost_round=job.get("rounds", ROUNDS)).predict(test)
    # the regression that AutoTVM uses since 2023, on throughput relative to the best
    train = xgboost.DMatrix(numpy.array(job["train"]), label=speed.min() / speed)
    fitted = xgboost.train({**{k: v for k, v in PARAMETERS.items() if not k.startswith("lambdarank")}, "objective": "reg:squarederror"}, train, num_boost_round=job.get("rounds", ROUNDS)).predict(test)
    print(json.dumps({"rank": [-float(x) for x in ranked], "reg": [-float(x) for x in fitted]}), flush=True)
