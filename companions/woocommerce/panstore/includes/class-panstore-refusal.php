<?php
/**
 * Why a call, or one item of it, is refused.
 *
 * @package PanStore
 */

/**
 * Carries a stable word for programs and a sentence for people.
 */
final class PanStore_Refusal extends Exception {

	/**
	 * HTTP status where the whole call is refused.
	 *
	 * @var int
	 */
	public $status;

	/**
	 * Stable word for programs.
	 *
	 * @var string
	 */
	public $word;

	/**
	 * The field at fault, empty if none is.
	 *
	 * @var string
	 */
	public $field;

	/**
	 * Says why.
	 *
	 * @param string $word    Stable word for programs.
	 * @param string $message For people.
	 * @param string $field   At fault.
	 * @param int    $status  HTTP status where the whole call is refused.
	 */
	public function __construct( string $word, string $message, string $field = '', int $status = 422 ) {
		parent::__construct( $message );
		$this->word   = $word;
		$this->field  = $field;
		$this->status = $status;
	}

	/**
	 * What stands under `error` of an item.
	 */
	public function body(): array {
		return array(
			'code'    => $this->word,
			'message' => $this->getMessage(),
			'field'   => '' === $this->field ? null : $this->field,
		);
	}
}
