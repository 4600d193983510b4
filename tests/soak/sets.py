def run(lab, count, seed):
    return {}, []
