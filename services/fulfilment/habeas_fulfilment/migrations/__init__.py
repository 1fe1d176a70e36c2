"""The steps that brought fulfilment's tables to their present shape."""
