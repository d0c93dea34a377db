// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// The stock of a market maker. Its operators have it call whatever they trade on.
contract TradingVault {
    address public immutable admin = msg.sender;
    mapping(address => bool) public operators;

    event OperatorSet(address indexed operator, bool allowed);

    receive() external payable {}

    function setOperator(address operator, bool allowed) external {
        require(msg.sender == admin, "not the admin");
        operators[operator] = allowed;
        emit OperatorSet(operator, allowed);
    }

    function exec(address target, uint256 value, bytes calldata data) external returns (bytes memory said) {
        require(operators[msg.sender], "not an operator");
        bool ok;
        (ok, said) = target.call{value: value}(data);
        require(ok, "failed");
    }
}
