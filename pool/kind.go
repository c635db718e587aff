package pool

import (
	"errors"

	"github.com/fsmgen/fsmgen/pool/recovery"
	"github.com/fsmgen/fsmgen/pool/wire"
)

// kindOf says what went wrong in the words of the recovery table.
func kindOf(err error) recovery.Kind {
	switch e := err.(type) {
	case *LostError:
		return kindOfLoss(e)
	case *AbandonedError:
		if e.Stopped {
			return recovery.TimeoutKept
		}
		return recovery.TimeoutStuck
	case *HandlerError:
		return kindOfAnswer(e)
	case *UnknownCommandError, *RequestError, *TooLargeError:
		return recovery.BadRequest
	case *SessionLostError:
		if e.stuck {
			return recovery.TimeoutStuck
		}
		return recovery.SessionLost
	case *PoisonError:
		return recovery.Poison
	case *RetryBudgetError:
		return kindOf(e.Err)
	case *WaitError, *OverloadError, *SessionBusyError, *ClosedError, *leaseError:
		return recovery.NoWorker
	case *StartError:
		if _, late := errors.AsType[*TimeoutError](err); late {
			return recovery.StartTimeout
		}
		return recovery.StartFailed
	default:
		return recovery.Unexpected
	}
}

func kindOfLoss(e *LostError) recovery.Kind {
	_, nonsense := errors.AsType[*wire.ProtocolError](e.Err)
	_, exited := errors.AsType[*ExitError](e.Err)
	switch {
	case e.Work == OutcomeNotRun:
		return recovery.LostUnsent
	case nonsense:
		return recovery.Protocol
	case exited:
		return recovery.Exited
	default:
		return recovery.LostInFlight
	}
}

func kindOfAnswer(e *HandlerError) recovery.Kind {
	switch {
	case e.Fatal:
		return recovery.HandlerFatal
	case e.outcome() == OutcomeNotRun:
		return recovery.BadRequest
	case e.Retryable:
		return recovery.HandlerRetry
	default:
		return recovery.HandlerError
	}
}
