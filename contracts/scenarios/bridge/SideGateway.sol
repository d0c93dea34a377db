// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Token} from "../props/Tokens.sol";
import {WETH9} from "../props/WETH9.sol";

/// Nine validators of a side chain; five signatures move what is here.
contract SideGateway {
    WETH9 public immutable weth;
    address[] public validators;
    uint256 public immutable threshold;
    uint256 public depositCount;
    mapping(uint256 => bool) public withdrawals;

    event TokenDeposited(
        uint256 indexed _depositId, address indexed _owner, address indexed _tokenAddress, address _sidechainAddress, uint32 _standard, uint256 _tokenNumber
    );
    event TokenWithdrew(
        uint256 indexed _withdrawId, address indexed _owner, address indexed _tokenAddress, uint256 _tokenNumber
    );
    event ValidatorAdded(uint256 indexed _id, address indexed _validator);

    constructor(WETH9 weth_, address[] memory validators_, uint256 threshold_) {
        (weth, validators, threshold) = (weth_, validators_, threshold_);
        for (uint256 i = 0; i < validators_.length; i++) emit ValidatorAdded(i, validators_[i]);
    }

    receive() external payable {}

    function depositEth() external payable {
        weth.deposit{value: msg.value}();
        emit TokenDeposited(depositCount++, msg.sender, address(weth), msg.sender, 20, msg.value);
    }

    function depositERC20(Token token, uint256 amount) external {
        token.transferFrom(msg.sender, address(this), amount);
        emit TokenDeposited(depositCount++, msg.sender, address(token), msg.sender, 20, amount);
    }

    function isValidator(address who) public view returns (bool) {
        for (uint256 i = 0; i < validators.length; i++) if (validators[i] == who) return true;
        return false;
    }

    function withdrawERC20For(uint256 id, address user, address token, uint256 amount, bytes calldata signatures) external {
        require(!withdrawals[id], "Withdrawal was processed");
        bytes32 digest = keccak256(
            abi.encodePacked(
                "\x19Ethereum Signed Message:\n32", keccak256(abi.encodePacked("withdrawERC20", id, user, token, amount))
            )
        );
        verify(digest, signatures);
        withdrawals[id] = true;
        if (token == address(weth)) {
            weth.withdraw(amount);
            (bool ok,) = user.call{value: amount}("");
            require(ok, "not paid");
        } else {
            Token(token).transfer(user, amount);
        }
        emit TokenWithdrew(id, user, token, amount);
    }

    function verify(bytes32 digest, bytes calldata signatures) private view {
        address last = address(0);
        uint256 count = signatures.length / 65;
        require(count >= threshold, "Not enough signatures");
        for (uint256 i = 0; i < count; i++) {
            bytes calldata one = signatures[i * 65:i * 65 + 65];
            address signer = ecrecover(digest, uint8(one[64]), bytes32(one[:32]), bytes32(one[32:64]));
            require(signer > last && isValidator(signer), "Signer is not a validator");
            last = signer;
        }
    }
}
