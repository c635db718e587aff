package workerfsm

//go:generate go tool fsmgen generate ../../spec/worker.fsm.yaml
