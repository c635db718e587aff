package workerfsm

//go:generate go -C ../../.. tool fsmgen generate bench/worker/worker.fsm.yaml
