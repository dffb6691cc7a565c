"""Who asks: our own programs are told from all others by their User-Agent, because only traffic counts in alerts."""

TRAFFIC = "traffic"
OWN = {"predictor-judge": "judge", "predictor-prober": "prober", "predictor-assess": "assess"}  # by User-Agent
CLIENTS = (TRAFFIC, *OWN.values())


def client_of(user_agent: str) -> str:
    """One of CLIENTS, by the first product of a User-Agent, whatever its version."""
    return OWN.get(user_agent.partition(" ")[0].partition("/")[0], TRAFFIC)
