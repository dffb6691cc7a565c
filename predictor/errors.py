"""Why a request is not answered."""


class Refused(Exception):
    """The request gets an error status and one sentence; nothing that the client sent stands in the sentence."""

    def __init__(self, status: int, sentence: str):
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
