"""One file per stage; `panstore.engine.pipeline` says their order."""
